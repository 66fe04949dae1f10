import atexit
import os
import sys

atexit.register(print, "never")
sys.stdout.write("kept by a flush\n")
sys.stdout.flush()
os._exit(9)
