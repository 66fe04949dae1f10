import os
import sys

read, write = os.pipe()
if (child := os.fork()) == 0:
    os.close(read)
    os.write(write, b"from the child")
    os._exit(12)
os.close(write)
print(os.read(read, 100))
pid, status = os.waitpid(child, 0)
print(pid == child, os.waitstatus_to_exitcode(status))
sys.stdout.flush()
child = os.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-c", "print('new program'); raise SystemExit(2)"])
print(os.waitstatus_to_exitcode(os.wait()[1]))
try:
    os.wait()
except ChildProcessError as error:
    print(error)
