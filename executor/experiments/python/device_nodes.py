# A device file is a way to a disk or to memory. With CAP_MKNOD, which Docker gives to every
# container's root, a program makes one for the host's disk; then only the devices' control group
# is in the way.
import errno
import os
import stat

for name, kind, major, minor in (
    ("memory", stat.S_IFCHR, 1, 1),
    ("the first disk", stat.S_IFBLK, 8, 0),
):
    path = f"/tmp/{major}-{minor}"
    try:
        os.mknod(path, kind | 0o600, os.makedev(major, minor))
        print(f"ATTEMPT make a device file for {name}: succeeded")
    except OSError as error:
        print(f"ATTEMPT make a device file for {name}: blocked ({errno.errorcode[error.errno]})")
