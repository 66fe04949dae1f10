# /proc/sys changes the kernel, and there is only one. core_pattern is the worst: its value may
# begin with a bar and name a program, which the *host's* kernel then starts, as root and outside
# of every container, when anything crashes. The first ones are only opened; the last two belong
# to the container's own network.
import errno
import os

HOSTS = (
    "kernel/core_pattern",
    "kernel/modprobe",
    "kernel/hostname",
    "vm/drop_caches",
    "fs/binfmt_misc/register",
)
for name in HOSTS:
    try:
        os.close(os.open(f"/proc/sys/{name}", os.O_WRONLY))
        print(f"ATTEMPT open {name}: succeeded")
    except OSError as error:
        print(f"ATTEMPT open {name}: blocked ({errno.errorcode[error.errno]})")

for name in ("net/ipv4/ip_forward", "net/ipv4/ip_default_ttl"):
    try:
        with open(f"/proc/sys/{name}", "w") as file:
            file.write("1")
        print(f"ATTEMPT change {name}: succeeded")
    except OSError as error:
        print(f"ATTEMPT change {name}: blocked ({errno.errorcode[error.errno]})")
