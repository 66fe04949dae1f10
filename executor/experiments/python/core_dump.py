# A program that crashes may leave an image of its memory. Where it goes is for the *host's*
# core_pattern to say, which may be a disk, or a program that the host's kernel starts as root.
# Better: no dump at all.
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
if hard:
    print(f"ATTEMPT be allowed a core dump: succeeded (up to {hard} bytes)")
else:
    print("ATTEMPT be allowed a core dump: blocked (the hard limit is 0)")

try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    print("ATTEMPT raise the limit: succeeded (1 GiB)")
except (ValueError, OSError) as error:
    print(f"ATTEMPT raise the limit: blocked ({error})")
