# Descriptors that a program inherits are doors that somebody forgot to close: a database's
# connection, a control channel, a directory of the host's.
import os

found = []
for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
    try:
        target = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        continue  # the one that listed the directory
    print(fd, target)
    if fd > 2 and not target.startswith("/proc/"):
        found.append(target)

# One is meant to be there: the pipe over which the runtime tells our supervisor about an error
# that nobody caught. It can be written, and what is written there is not trusted.
ours = [target for target in found if target.startswith("pipe:")][:1]
found = [target for target in found if target not in ours]

if found:
    print(f"ATTEMPT inherit an open file: succeeded ({found})")
else:
    print(
        "ATTEMPT inherit an open file: blocked (nothing but stdin, stdout, stderr and one pipe of our own)"
    )
