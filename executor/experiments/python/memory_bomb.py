# Eats memory, a MiB at a time, and writes to each page so that the kernel has to back it with
# real memory. Without a limit the machine begins to swap, then kills processes: maybe yours,
# maybe not.
MIB = 1 << 20
kept = []
for taken in range(300):  # more than twice what is allowed
    kept.append(bytearray(b"x" * MIB))
    if taken % 50 == 0:
        print(taken, "MiB")

print("ATTEMPT take 300 MiB: succeeded (all of it is ours)")
