# Are devices of the host's here? A container that was started --privileged has them all.
import os

NAMES = (
    "mem",
    "kmsg",
    "kvm",
    "fuse",
    "net/tun",
    "sda",
    "vda",
    "nvme0n1",
    "loop0",
    "loop-control",
    "mapper",
    "dri",
    "vhost-net",
    "console",
    "uinput",
)
for name in NAMES:
    found = os.path.lexists(f"/dev/{name}")
    print(f"ATTEMPT find /dev/{name}: {'succeeded' if found else 'blocked (it is not there)'}")
