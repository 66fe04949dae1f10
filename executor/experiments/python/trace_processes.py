# A tracer may do anything in the name of the traced process. Between containers this does not work.
# But with some engines a program that lets its parent trace it has outlived its own container: the
# engine took its stop for its end.
import ctypes
import errno
import os

PTRACE_TRACEME = 0
libc = ctypes.CDLL(None, use_errno=True)

if os.fork() == 0:
    if libc.ptrace(PTRACE_TRACEME, 0, None, None) == 0:
        print("ATTEMPT be traced: succeeded", flush=True)
    else:
        print(f"ATTEMPT be traced: blocked ({errno.errorcode[ctypes.get_errno()]})", flush=True)
    os._exit(0)
os.wait()
