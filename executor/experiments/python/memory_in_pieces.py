# A limit per process (ulimit -v) is easy to get around: be many. Twenty children take 15 MiB
# each, and none of them is large.
import os
import time

CHILDREN = 20
for _ in range(CHILDREN):
    if os.fork() == 0:
        kept = bytearray(b"x" * (15 << 20))
        time.sleep(4)
        os._exit(0)

killed = sum(os.waitstatus_to_exitcode(os.wait()[1]) != 0 for _ in range(CHILDREN))
if killed == 0:
    print("ATTEMPT take 300 MiB in 20 processes: succeeded (all of them had theirs)")
else:
    print(f"ATTEMPT take 300 MiB in 20 processes: blocked ({killed} were killed)")
    raise SystemExit(1)
