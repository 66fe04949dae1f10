# The classic escape from a privileged container, nineteen words long when it was first
# published: a control group can name a program, the "release agent", that the host's kernel
# starts, as root, when the group's last process has gone.
import errno
import glob
import os

agents = glob.glob("/sys/fs/cgroup/**/release_agent", recursive=True)
print("release agents in sight:", agents)
for path in agents or ["/sys/fs/cgroup/release_agent"]:
    try:
        os.close(os.open(path, os.O_WRONLY))
        print(f"ATTEMPT open {path}: succeeded")
    except OSError as error:
        print(f"ATTEMPT open {path}: blocked ({errno.errorcode[error.errno]})")

for path in sorted(glob.glob("/sys/fs/cgroup/*/"))[:4] + ["/sys/fs/cgroup/"]:
    try:
        os.mkdir(path + "mine")
        print(f"ATTEMPT make a group in {path}: succeeded")
    except OSError as error:
        print(f"ATTEMPT make a group in {path}: blocked ({errno.errorcode[error.errno]})")
