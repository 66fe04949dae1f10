# A program that crashes may leave an image of its memory. Where it goes is for the *host's*
# core_pattern to say: a file, or a program that the kernel starts as root, outside of all limits.
# A limit of 0 ends only the file. A limit of exactly 1 ends both.
import os
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
if (soft, hard) == (1, 1):
    print("ATTEMPT be allowed a core dump: blocked (the limit is 1: no file, and no handler)")
elif hard:
    print(f"ATTEMPT be allowed a core dump: succeeded (up to {hard} bytes)")
else:
    print("ATTEMPT be allowed a core dump: succeeded (0 does not end a handler of the host's)")

os.chdir("/tmp")
if os.fork() == 0:
    os.abort()
if os.WCOREDUMP(os.wait()[1]):
    print(f"ATTEMPT crash and leave a core: succeeded ({os.listdir('/tmp') or 'to a handler'})")
else:
    print("ATTEMPT crash and leave a core: blocked (the kernel made none)")
