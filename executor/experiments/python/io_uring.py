# io_uring is a fast and young way to ask the kernel for many things at once, past filters that
# look at system calls one by one. For some years it was where most holes were found; others
# switch it off, too.
import ctypes
import errno

SETUP = 425  # on every architecture
libc = ctypes.CDLL(None, use_errno=True)
parameters = ctypes.create_string_buffer(120)

ring = libc.syscall(SETUP, 1, parameters)
error = errno.errorcode.get(ctypes.get_errno(), "")
if ring != -1:
    print("ATTEMPT make an io_uring: succeeded")
elif error in ("EPERM", "ENOSYS"):
    print(f"ATTEMPT make an io_uring: blocked ({error})")
else:
    print(
        f"ATTEMPT make an io_uring: succeeded (the kernel was asked, and found fault with the arguments: {error})"
    )
