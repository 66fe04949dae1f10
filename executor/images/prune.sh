#!/bin/sh
# Removes files from a root file system that no program needs and an attacker might use.
set -eu

# No setuid or setgid binary. The sandbox also sets no_new_privileges, which makes them powerless.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
# No package manager, no trace of the build machine, no passwords.
rm -rf /etc/apt /etc/dpkg /usr/bin/apt* /usr/bin/dpkg* /usr/lib/apt /usr/lib/dpkg /usr/share/dpkg \
    /usr/lib/*/libapt-p* /usr/bin/sqv /usr/share/keyrings /var/cache /var/lib /var/log /var/backups /etc/shadow* /etc/gshadow* /etc/passwd- /etc/group- \
    /etc/machine-id /etc/resolv.conf.* /root /home /srv /opt /media /mnt /boot \
    /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /usr/share/bug /usr/share/lintian
find / -xdev -name __pycache__ -path '*/test*' -prune -exec rm -rf {} +
rm -rf /tmp/* /var/tmp
