# The kernel speaks many more protocols than TCP and UDP, and much of that code is old, rarely
# used and full of surprises: asking for a socket is enough to load it. EPERM comes from the
# filter of system calls; any other answer means that the kernel was asked.
import errno
import socket

FAMILIES = {
    "netlink": (16, 3),
    "packet": (17, 3),
    "vsock": (40, 1),
    "crypto (AF_ALG)": (38, 5),
    "CAN": (29, 3),
}
for name, (family, kind) in FAMILIES.items():
    try:
        socket.socket(family, kind).close()
        print(f"ATTEMPT open a {name} socket: succeeded")
    except PermissionError:
        print(f"ATTEMPT open a {name} socket: blocked (EPERM)")
    except OSError as error:
        print(
            f"ATTEMPT open a {name} socket: succeeded (the kernel was asked: {errno.errorcode[error.errno]})"
        )
