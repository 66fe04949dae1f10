# With swap, a memory limit is soft: what is over it goes to the disk, and the whole machine gets
# slow. So the limit of memory and swap together has to be the same as that of memory alone.
import os

V1, V2 = "/sys/fs/cgroup/memory/", "/sys/fs/cgroup/"


def number(path):
    text = open(path).read().strip()
    return float("inf") if text == "max" else int(text)


if os.path.exists(V2 + "memory.swap.max"):
    swap = number(V2 + "memory.swap.max")
else:
    swap = number(V1 + "memory.memsw.limit_in_bytes") - number(V1 + "memory.limit_in_bytes")

if swap > 0:
    print(f"ATTEMPT have swap: succeeded (the limit is {swap})")
else:
    print("ATTEMPT have swap: blocked (memory and swap together are limited to the memory)")
