import os
import signal
import subprocess

process = subprocess.Popen(["sleep", "60"], start_new_session=True)
os.killpg(process.pid, signal.SIGTERM)
print(process.wait())
process = subprocess.Popen(["sh", "-c", "kill -9 $$"])
print(process.wait(), os.getpgid(0) == os.getpgrp())
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
