# Who are we? In a container without user namespaces, root inside is root outside, only with
# fewer powers: the same user to whom the host's files belong.
import errno
import os

if 0 in (*os.getresuid(), *os.getresgid(), *os.getgroups()):
    print("ATTEMPT be root: succeeded")
else:
    print(f"ATTEMPT be root: blocked (we are user {os.getuid()}, whom the host does not know)")

for name, become in (("setuid", os.setuid), ("setgid", os.setgid), ("seteuid", os.seteuid)):
    try:
        become(0)
        print(f"ATTEMPT {name}(0): succeeded")
    except OSError as error:
        print(f"ATTEMPT {name}(0): blocked ({errno.errorcode[error.errno]})")
