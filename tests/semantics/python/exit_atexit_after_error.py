import atexit
import sys

atexit.register(lambda: print("last:", repr(getattr(sys, "last_exc", None)), sys.exc_info()))
atexit.register(sys.stdout.write, "written\n")
raise LookupError("the end")
