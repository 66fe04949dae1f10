# The second stage of most attacks: bring a program along, write it to a place that is writable,
# run it. What is written here can be read, and not executed. (Python can still run Python; a
# filter of system calls is what stops the rest.)
import errno
import os
import shutil
import subprocess

for place in ("/tmp/tool", "/dev/shm/tool"):
    shutil.copy("/bin/true", place)
    os.chmod(place, 0o755)
    try:
        subprocess.run([place], check=True)
        print(f"ATTEMPT run {place}: succeeded")
    except OSError as error:
        print(f"ATTEMPT run {place}: blocked ({errno.errorcode[error.errno]})")
