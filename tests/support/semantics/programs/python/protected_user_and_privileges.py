import os
import pwd

print(os.getuid() >= 1000, os.getgid() >= 1000, os.getgroups() == [])
try:
    print(pwd.getpwuid(os.getuid()).pw_name)
except KeyError as error:
    print("no name")
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print([(name, status[name].strip()) for name in ("CapEff", "CapBnd", "CapPrm", "NoNewPrivs", "Seccomp")])
for action in (lambda: os.setuid(0), lambda: os.chown("/tmp", 0, 0), lambda: os.mknod("/tmp/device", 0o20600, 259), lambda: os.kill(1, 9)):
    try:
        action()
        print("allowed")
    except OSError as error:
        print(type(error).__name__)
