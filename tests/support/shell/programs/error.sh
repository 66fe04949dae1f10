set -e
echo "begun"
no-such-command
