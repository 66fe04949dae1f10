.shell sh -c 'while :; do sleep 60 & done'
.exit 1
