# Reads what the kernel tells of itself and of the machine: where its functions are (so that an
# exploit knows where to jump), who else uses the processors, which disks there are.
import errno

PATHS = (
    "/proc/kallsyms",
    "/proc/modules",
    "/proc/interrupts",
    "/proc/softirqs",
    "/proc/schedstat",
    "/proc/cmdline",
    "/proc/diskstats",
    "/proc/partitions",
    "/proc/key-users",
    "/proc/timer_list",
    "/proc/vmstat",
    "/proc/cgroups",
    "/proc/sys/fs/file-nr",
    "/sys/devices/system/node/node0/vmstat",
    "/sys/kernel/notes",
    "/sys/kernel/vmcoreinfo",
)
for path in PATHS:
    try:
        with open(path, "rb") as file:
            told = file.read(1)
    except OSError as error:
        print(f"ATTEMPT read {path}: blocked ({errno.errorcode[error.errno]})")
    else:
        print(f"ATTEMPT read {path}: {'succeeded' if told else 'blocked (it is empty)'}")
