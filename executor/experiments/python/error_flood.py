# The same on stderr, by several processes at once: each stream has to be counted, for all its
# writers together.
import os

children = [os.fork() for _ in range(3)]
for _ in range(500):
    os.write(2, b"e" * 1000)
if 0 in children:
    os._exit(0)

for _ in children:
    os.wait()
print("ATTEMPT print 4 MB to stderr: succeeded (all of it was taken)")
