# The classic, with an end: a real one would be `while True: os.fork()`. When the machine's table
# of processes is full, nobody can start anything any more, not even the `kill` that would help.
import errno
import os
import time

WANTED = 100
for alive in range(WANTED):
    try:
        child = os.fork()
    except OSError as error:
        print(f"ATTEMPT have 100 children: blocked ({errno.errorcode[error.errno]} after {alive})")
        os._exit(1)
    if child == 0:
        time.sleep(5)
        os._exit(0)

print("ATTEMPT have 100 children: succeeded (all are alive)")
os._exit(0)
