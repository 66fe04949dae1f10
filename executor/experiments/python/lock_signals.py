# /proc/locks lists the locks of all processes on the machine, with the bytes that they lock. Two runs
# that can read it can talk: the one locks the bytes whose numbers are its message, the other reads
# them. Here one program does both.
import fcntl
import os

MESSAGE = 4711
with open("/tmp/locked", "wb") as file:
    fcntl.lockf(file, fcntl.LOCK_EX, 1, MESSAGE, os.SEEK_SET)
    try:
        lines = open("/proc/locks").read().splitlines()
    except OSError as error:
        lines = []
        print(f"ATTEMPT read everybody's locks: blocked ({error.strerror})")
    else:
        how = f"succeeded ({len(lines)} of them)" if lines else "blocked (the file is empty)"
        print(f"ATTEMPT read everybody's locks: {how}")
    if any(line.split()[-2:] == [str(MESSAGE)] * 2 for line in lines):
        print(f"ATTEMPT send a message by a lock: succeeded ({MESSAGE} has arrived)")
    else:
        print("ATTEMPT send a message by a lock: blocked (it has not arrived)")
