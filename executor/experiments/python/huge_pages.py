# A machine sets huge pages aside when it starts, for databases and virtual machines. The first program
# that takes them has them, and the memory limit does not count them. This program does not check
# whether the machine has any: they are reserved only when they are used.
import ctypes
import errno
import os

MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE, MAP_HUGETLB = 0x02, 0x20, 0x4000, 0x40000
MFD_HUGETLB = 4
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_ssize_t


def tell(what, error):
    if not error:
        print(f"ATTEMPT {what}: succeeded")
    elif error == errno.EPERM:
        print(f"ATTEMPT {what}: blocked (EPERM)")
    else:
        name = errno.errorcode[error]
        print(f"ATTEMPT {what}: succeeded (the kernel was asked, and has none: {name})")


flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_HUGETLB
got = libc.mmap(None, ctypes.c_size_t(2 << 20), 3, flags, -1, ctypes.c_long(0))
tell("map huge pages", ctypes.get_errno() if got == -1 else 0)

try:
    os.close(os.memfd_create("huge", MFD_HUGETLB))
    tell("make a file of huge pages", 0)
except OSError as failed:
    tell("make a file of huge pages", failed.errno)
