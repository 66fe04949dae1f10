# "Out of band" is a byte that overtakes the others, from the early days of TCP. In 2021 unix sockets
# learned it too; hardly anybody noticed, and the code had a hole that led from a browser's sandbox
# into the kernel.
import errno
import socket

one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    one.send(b"!", socket.MSG_OOB)
    print("ATTEMPT send out of band: succeeded")
except PermissionError:
    print("ATTEMPT send out of band: blocked (EPERM)")
except OSError as error:
    print(
        f"ATTEMPT send out of band: succeeded (the kernel was asked: {errno.errorcode[error.errno]})"
    )
