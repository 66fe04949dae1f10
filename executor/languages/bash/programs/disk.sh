head -c 100M /dev/zero > /tmp/big
