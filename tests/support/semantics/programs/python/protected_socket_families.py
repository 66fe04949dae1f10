import socket

FAMILIES = ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_ALG", "AF_PACKET", "AF_VSOCK", "AF_BLUETOOTH", "AF_CAN")
for family in FAMILIES:
    for kind in ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET", "SOCK_RAW"):
        try:
            socket.socket(getattr(socket, family), getattr(socket, kind)).close()
            print(family, kind)
        except OSError:
            pass
try:
    print([name for _, name in socket.if_nameindex()])
except PermissionError as error:
    print(error)
