# The first process of a container often knows more than it should: its environment, its memory,
# its open files. Ours belongs to the same user as this program, and is closed to it all the
# same: it has declared itself "not dumpable", and then /proc/1 belongs to root.
import errno
import os

ACTIONS = {
    "environ": lambda path: open(path, "rb").read(1),
    "mem": lambda path: open(path, "r+b").read(1),
    "maps": lambda path: open(path).read(1),
    "fd": os.listdir,
    "fd/0": lambda path: os.open(path, os.O_RDWR),
    "root": os.readlink,
    "exe": os.readlink,
}
for name, action in ACTIONS.items():
    try:
        action(f"/proc/1/{name}")
        print(f"ATTEMPT open /proc/1/{name}: succeeded")
    except OSError as error:
        print(f"ATTEMPT open /proc/1/{name}: blocked ({errno.errorcode[error.errno]})")
