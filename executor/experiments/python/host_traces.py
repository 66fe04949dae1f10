# Where am I? The path of our control group on the host has the container's id in it: the first
# thing one needs to find oneself from outside.
groups = {line.strip().rpartition(":")[2] for line in open("/proc/self/cgroup")}
if groups == {"/"}:
    print("ATTEMPT learn the container's id: blocked (the path shown is /)")
else:
    print(f"ATTEMPT learn the container's id: succeeded ({sorted(groups - {'/'})[0]})")
