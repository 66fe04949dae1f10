# Files of the image are in the machine's page cache once, for all sandboxes. A program that can remove
# one from it, and later see whether it is back, knows which modules other people's programs import.
# The kernel counts the bytes that a process reads from the disk: this shows whether it worked.
import glob
import os

files = sorted(glob.glob("/usr/lib/python3*/lib2to3/**/*.py*", recursive=True))
files = files or sorted(glob.glob("/usr/lib/python3*/*.py"))


def bytes_from_disk():
    for line in open("/proc/self/io"):
        if line.startswith("read_bytes:"):
            return int(line.split()[1])


def read_all():
    before = bytes_from_disk()
    for name in files:
        with open(name, "rb", buffering=0) as file:
            while file.read(1 << 16):
                pass
    return bytes_from_disk() - before


read_all()
for name in files:
    with open(name, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
again = read_all()
if again:
    print(f"ATTEMPT put files out of everybody's cache: succeeded ({again} bytes were read again)")
else:
    print("ATTEMPT put files out of everybody's cache: blocked (they are still there)")

try:
    with open(files[0], "rb") as file:
        os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
    print("ATTEMPT ask whether a file is in the cache: succeeded (it is)")
except PermissionError:
    print("ATTEMPT ask whether a file is in the cache: blocked (EPERM)")
except OSError as error:
    print(f"ATTEMPT ask whether a file is in the cache: succeeded ({error.strerror})")
