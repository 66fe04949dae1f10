# Where the host's core_pattern begins with "|", the kernel starts the program that it names whenever
# something crashes: as root, outside of the container, fed with the crashed program's memory. Only a
# limit of exactly 1 for core files prevents it. Anybody may *lower* a limit, so 1 is not safe from
# a program that makes it 0.
import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("ATTEMPT lower the limit from 1 to 0: succeeded (a crash would start the host's handler)")
except (ValueError, OSError) as error:
    print(f"ATTEMPT lower the limit from 1 to 0: blocked ({error})")

try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    print("ATTEMPT raise the limit: succeeded (1 GiB)")
except (ValueError, OSError) as error:
    print(f"ATTEMPT raise the limit: blocked ({error})")
