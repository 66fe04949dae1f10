import os
import sys

if os.fork() == 0:
    raise RuntimeError("the child fails")
_, status = os.wait()
print(os.waitstatus_to_exitcode(status))
sys.stdout.flush()
if os.fork() == 0:
    sys.exit("the child leaves")
_, status = os.wait()
print(os.waitstatus_to_exitcode(status))
