# Memory that belongs to no process: files that exist in memory only. The kernel's killer looks for
# a big process and finds none, so the control group must be charged for such files.
import os

files = []
for number in range(20):
    files.append(os.memfd_create(f"file-{number}"))
    os.write(files[-1], b"x" * (15 << 20))

print("ATTEMPT keep 300 MiB in memory files: succeeded (all of it is ours)")
