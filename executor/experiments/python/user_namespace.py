# Becomes root of a little world of its own. A user namespace gives an ordinary user all
# capabilities inside of it, and with them all the code in the kernel that was written when only
# root could get there: many of the holes of recent years needed exactly this first step. Then:
# mount a file system, which only root may.
import ctypes
import errno
import os

CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
libc = ctypes.CDLL(None, use_errno=True)


def call(what, function, *arguments):
    if function(*arguments) == 0:
        print(f"ATTEMPT {what}: succeeded", flush=True)
    else:
        print(f"ATTEMPT {what}: blocked ({errno.errorcode[ctypes.get_errno()]})", flush=True)


os.mkdir("/tmp/place")
if os.fork() == 0:  # in a child, so that we stay who we are
    call("make a user namespace", libc.unshare, CLONE_NEWUSER | CLONE_NEWNS)
    call("mount a file system", libc.mount, b"none", b"/tmp/place", b"tmpfs", 0, None)
    os._exit(0)
os.wait()
