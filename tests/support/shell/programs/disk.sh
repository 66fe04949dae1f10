cat /dev/zero > /tmp/file
