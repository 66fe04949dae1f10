# Many processes, each modest, together greedy. A limit on the CPU time of one process
# (RLIMIT_CPU) sees nothing wrong here: only a counter of the whole group does.
import os
import time

PROCESSES = 16
for _ in range(PROCESSES):
    if os.fork() == 0:
        while time.process_time() < 0.1:
            pass
        os._exit(0)
for _ in range(PROCESSES):
    os.wait()

print("ATTEMPT use 1.6 seconds of CPU time in 16 processes: succeeded (three times the limit)")
