# On a 64-bit machine there is a second way into the kernel, for 32-bit programs, with other
# numbers. A filter that looks at 64-bit numbers only is walked around. These eight bytes are:
# mov eax, 20 (getpid); int 0x80; ret.
import ctypes
import mmap
import os
import platform
import signal

if platform.machine() != "x86_64":
    print("ATTEMPT call by the 32-bit door: blocked (this processor has none)")
    raise SystemExit
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000cd80c3"))
getpid = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))

child = os.fork()
if child == 0:
    os._exit(0 if getpid() > 0 else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
if code == 0:
    print("ATTEMPT call by the 32-bit door: succeeded (it answered)")
else:
    how = signal.Signals(-code).name if code < 0 else "it did not answer"
    print(f"ATTEMPT call by the 32-bit door: blocked ({how})")
