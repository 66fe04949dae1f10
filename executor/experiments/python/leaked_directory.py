# In 2024 runc leaked a descriptor of a directory of the *host's* to the program it started: a
# working directory of /proc/self/fd/7 was outside of the container. Here: is there any way up
# from where we are, or from what we hold?
import os

ways_out = []
for fd in range(3, 64):
    try:
        os.chdir(f"/proc/self/fd/{fd}/../../../..")
    except OSError:
        continue
    ways_out.append(fd)

os.chdir("/app")
os.chdir("../../../../../..")
if ways_out:
    print(f"ATTEMPT leave by a leaked directory: succeeded (descriptors {ways_out})")
else:
    print("ATTEMPT leave by a leaked directory: blocked (no descriptor leads anywhere)")
inside = os.path.exists("/sandbox/supervisor")
print(f"ATTEMPT leave by going up: {'blocked (the root ends it)' if inside else 'succeeded'}")
