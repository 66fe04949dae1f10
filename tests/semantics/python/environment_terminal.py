import os
import shutil
import subprocess

print(shutil.get_terminal_size(), os.isatty(1))
try:
    os.get_terminal_size()
except OSError as error:
    print(error)
import curses

curses.setupterm()
print(curses.tigetnum("colors"), curses.tigetstr("clear"), subprocess.run(["clear"], capture_output=True))
