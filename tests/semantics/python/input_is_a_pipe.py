# stdin: "x"
import os
import stat
import sys

mode = os.fstat(0).st_mode
print(stat.S_ISFIFO(mode), stat.S_ISREG(mode), os.isatty(0), sys.stdin.isatty(), sys.stdin.seekable())
try:
    os.lseek(0, 0, os.SEEK_CUR)
except OSError as error:
    print(error)
print([stat.S_ISFIFO(os.fstat(number).st_mode) for number in (1, 2)], sys.stdout.isatty())
print(os.read(0, 100), os.read(0, 100))
