# Prints without end. Output has to go somewhere: into the memory of its reader, or, as Docker does
# by default, into a log file on the host's disk, outside of every limit.
import sys

for _ in range(1000):
    sys.stdout.write("x" * 1000)

print("\nATTEMPT print 1 MB: succeeded (all of it was taken)")
