# How many processors may we use? os.cpu_count() names the machine's, which is no secret; what
# counts is the quota that the scheduler enforces on our group.
import os

ALLOWED = 1.0
print("the machine has", os.cpu_count())

if os.path.exists("/sys/fs/cgroup/cpu.max"):  # cgroup version 2
    quota, period = open("/sys/fs/cgroup/cpu.max").read().split()
else:
    quota = open("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").read().strip()
    period = open("/sys/fs/cgroup/cpu/cpu.cfs_period_us").read().strip()

processors = float("inf") if quota in ("max", "-1") else int(quota) / int(period)
if processors > ALLOWED:
    print(f"ATTEMPT use more than one processor: succeeded (we may use {processors:g})")
else:
    print(f"ATTEMPT use more than one processor: blocked (the quota is {processors:g})")
