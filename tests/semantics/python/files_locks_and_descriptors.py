import fcntl
import os

with open("/tmp/lock", "w") as first, open("/tmp/lock", "w") as second:
    fcntl.flock(first, fcntl.LOCK_EX)
    try:
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        print(error)
    print(first.fileno(), second.fileno(), os.get_inheritable(first.fileno()))
read, write = os.pipe()
copy = os.dup2(write, 20)
os.write(copy, b"through a copy")
print(os.read(read, 20), read, write, copy)
print(sorted(int(name) for name in os.listdir("/proc/self/fd"))[:6])
for number in (3, 4, 5, 100, 101):
    try:
        print(number, os.fstat(number).st_mode & 0o170000 == 0o010000)
    except OSError as error:
        print(number, error)
os.close(99)
