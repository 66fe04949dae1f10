# A connection is memory of the kernel's, and no control group is charged for it before it is
# accepted: what bounds it is how many sockets wait for connections, and how many each holds.
# Unix sockets do for this, so that nothing else can stop it.
import errno
import socket

WANTED = 43
kept = []
try:
    for number in range(WANTED):
        kept.append(socket.socket(socket.AF_UNIX))
        kept[-1].bind(f"\0listener-{number}")
        kept[-1].listen()
except OSError as error:
    how = f"{errno.errorcode[error.errno]} after {len(kept) - 1}"
    print(f"ATTEMPT listen on {WANTED} sockets: blocked ({how})")
else:
    print(f"ATTEMPT listen on {WANTED} sockets: succeeded (all of them wait for connections)")
