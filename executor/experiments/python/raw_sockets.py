# A raw socket sends whatever bytes one likes: forged senders, scans, attacks on the neighbours'
# ARP tables. Docker gives every container the capability for it, unless it is taken away.
import errno
import socket

for name, family, protocol in (("IPv4", socket.AF_INET, 1), ("IPv6", socket.AF_INET6, 58)):
    try:
        socket.socket(family, socket.SOCK_RAW, protocol).close()
        print(f"ATTEMPT open a raw {name} socket: succeeded")
    except OSError as error:
        print(f"ATTEMPT open a raw {name} socket: blocked ({errno.errorcode[error.errno]})")
