# dnotify is the first of three ways to be told that a directory has changed. Its successors, inotify
# and fanotify, are refused, for they are limited per user; this one is a command of fcntl, and was
# forgotten.
import errno
import fcntl
import os

F_SETLEASE = 1024
directory = os.open("/tmp", os.O_RDONLY)
file = os.open("/tmp/leased", os.O_RDONLY | os.O_CREAT)
for what, descriptor, command, argument in (
    ("be told of changes in a directory", directory, fcntl.F_NOTIFY, fcntl.DN_CREATE),
    ("take a lease on a file", file, F_SETLEASE, fcntl.F_RDLCK),
    ("choose the signal for a descriptor", file, fcntl.F_SETSIG, 10),
):
    try:
        fcntl.fcntl(descriptor, command, argument)
        print(f"ATTEMPT {what}: succeeded")
    except PermissionError:
        print(f"ATTEMPT {what}: blocked (EPERM)")
    except OSError as error:
        print(f"ATTEMPT {what}: succeeded (the kernel was asked: {errno.errorcode[error.errno]})")
