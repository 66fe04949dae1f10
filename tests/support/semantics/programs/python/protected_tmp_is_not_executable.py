import ctypes
import os
import shutil
import subprocess

with open("/tmp/hello.sh", "w") as file:
    file.write("#!/bin/sh\necho hello\n")
os.chmod("/tmp/hello.sh", 0o755)
try:
    print(subprocess.run(["/tmp/hello.sh"], capture_output=True).stdout)
except PermissionError as error:
    print(error)
print(subprocess.run(["sh", "/tmp/hello.sh"], capture_output=True).stdout)
shutil.copy("/usr/lib/x86_64-linux-gnu/libz.so.1", "/tmp/copy.so")
try:
    print(ctypes.CDLL("/tmp/copy.so").zlibVersion() != 0)
except OSError as error:
    print(error)
