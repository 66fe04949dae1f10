# Becomes root of a little world of its own. A user namespace gives an ordinary user all
# capabilities inside of it, and with them all the code in the kernel that was written when only
# root could get there: many of the holes of recent years needed exactly this first step. Then:
# mount a file system, which only root may. There are two doors: unshare changes the calling
# process, clone makes a new one.
import ctypes
import errno
import os
import platform
import signal

CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
CLONE = 56 if platform.machine() == "x86_64" else 220
libc = ctypes.CDLL(None, use_errno=True)


def report(what, works):
    how = "succeeded" if works else f"blocked ({errno.errorcode[ctypes.get_errno()]})"
    print(f"ATTEMPT {what}: {how}", flush=True)


def mount():
    return libc.mount(b"none", b"/tmp/place", b"tmpfs", 0, None) == 0


os.makedirs("/tmp/place", exist_ok=True)
if os.fork() == 0:  # in a child, so that we stay who we are
    report("make a user namespace", libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
    report("mount a file system", mount())
    os._exit(0)
os.wait()

child = libc.syscall(CLONE, CLONE_NEWUSER | CLONE_NEWNS | signal.SIGCHLD, 0, 0, 0, 0)
if child == 0:
    report("mount a file system in a clone", mount())
    os._exit(0)
report("clone into a user namespace", child > 0)
if child > 0:
    os.wait()
