# System V shared memory has a number: any program that knows it gets the memory, which stays when
# all its users have ended. Our own IPC namespace has no memory of others, and the filter refuses
# the calls.
import ctypes
import errno
import platform

SHMGET = {"x86_64": 29, "aarch64": 194}[platform.machine()]
KEY, IPC_CREAT = 0x5AFEC0DE, 0o1000
libc = ctypes.CDLL(None, use_errno=True)

if libc.syscall(SHMGET, KEY, 4096, IPC_CREAT | 0o666) != -1:
    print("ATTEMPT leave shared memory behind: succeeded")
else:
    print(f"ATTEMPT leave shared memory behind: blocked ({errno.errorcode[ctypes.get_errno()]})")
