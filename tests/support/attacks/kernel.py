"""Attacks on the kernel's own interface, and on privileges."""

import platform

from .attack import ANY, javascript, python

IS_X86_64 = platform.machine() == "x86_64"

SYSCALL = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) for a in arguments))
    return "done" if result != -1 else errno.errorcode[ctypes.get_errno()]
def refused(name, number, *arguments, by=("EPERM", "ENOSYS")):
    answer = call(number, *arguments)
    if answer not in by: print("BREACH:", name, "reached the kernel:", answer)
"""

# x86-64 numbers (arch/x86/entry/syscalls/syscall_64.tbl). The arguments make no sense on purpose: a
# kernel that was reached would say EINVAL, EBADF or EFAULT.
SYSCALLS = {
    "ptrace": (101, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "kcmp": (312, 1, 1, 0, 0, 0),
    "pidfd_getfd": (438, -1, 0, 0),
    "process_madvise": (440, -1, 0, 0, 0, 0),
    "io_uring_setup": (425, 0, 0),
    "io_uring_enter": (426, -1, 0, 0, 0, 0),
    "io_uring_register": (427, -1, 0, 0, 0),
    "io_setup": (206, 0, 0),
    "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, 0, 0, 0),
    "userfaultfd": (323, 0),
    "add_key": (248, 0, 0, 0, 0, 0),
    "request_key": (249, 0, 0, 0, 0),
    "keyctl": (250, 0, -3, 0, 0, 0),
    "unshare": (272, 0x10000000),
    "setns": (308, -1, 0),
    "clone3": (435, 0, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "umount2": (166, 0, 0),
    "pivot_root": (155, 0, 0),
    "chroot": (161, 0),
    "open_tree": (428, -1, 0, 0),
    "move_mount": (429, -1, 0, -1, 0, 0),
    "fsopen": (430, 0, 0),
    "fsconfig": (431, -1, 0, 0, 0, 0),
    "fsmount": (432, -1, 0, 0),
    "fspick": (433, -1, 0, 0),
    "mount_setattr": (442, -1, 0, 0, 0, 0),
    "statmount": (457, 0, 0, 0, 0),
    "listmount": (458, 0, 0, 0, 0),
    "name_to_handle_at": (303, -1, 0, 0, 0, 0),
    "open_by_handle_at": (304, -1, 0, 0),
    "init_module": (175, 0, 0, 0),
    "finit_module": (313, -1, 0, 0),
    "delete_module": (176, 0, 0),
    "kexec_load": (246, 0, 0, 0, 0),
    "kexec_file_load": (320, -1, -1, 0, 0, 0),
    "reboot": (169, 0, 0, 0, 0),
    "swapon": (167, 0, 0),
    "swapoff": (168, 0),
    "sethostname": (170, 0, 0),
    "setdomainname": (171, 0, 0),
    "settimeofday": (164, 0, 0),
    "clock_settime": (227, 0, 0),
    "adjtimex": (159, 0),
    "syslog": (103, 10, 0, 0),
    "acct": (163, 1),
    "quotactl": (179, 0, 0, 0, 0),
    "iopl": (172, 3),
    "ioperm": (173, 0, 1, 1),
    "modify_ldt": (154, 0, 0, 0),
    "lookup_dcookie": (212, 0, 0, 0),
    "vhangup": (153,),
    "sync": (162,),
    "syncfs": (306, -1),
    "inotify_init": (253,),
    "fanotify_init": (300, 0, 0),
    "shmget": (29, 0, 4096, 0o1600),
    "semget": (64, 0, 1, 0o1600),
    "msgget": (68, 0, 0o1600),
    "mq_open": (240, 0, 0, 0, 0),
    "vmsplice": (278, -1, 0, 0, 0),
    "splice": (275, -1, 0, -1, 0, 0, 0),
    "tee": (276, -1, -1, 0, 0),
    "memfd_secret": (447, 0),
    "seccomp": (317, 0, 0, 0),
    "landlock_create_ruleset": (444, 0, 0, 1),
    "migrate_pages": (256, 0, 0, 0, 0),
    "move_pages": (279, 0, 0, 0, 0, 0, 0),
    "mbind": (237, 0, 0, 0, 0, 0, 0),
    "set_mempolicy": (238, 0, 0, 0),
    "personality": (135, 0x0400000),
    "mlock": (149, 0, 4096),
    "mlockall": (151, 3),
    "setuid": (105, 0),
    "setgid": (106, 0),
    "setgroups": (116, 0, 0),
    "capset": (126, 0, 0),
    "setresuid": (117, 0, 0, 0),
    "setreuid": (113, 0, 0),
    "setfsuid": (122, 0),
    "prlimit64": (302, 1, 7, 0, 0),
    "setpriority": (141, 0, 1, 19),
    "setpriority-of-the-user": (141, 2, 0, 19),
    "sched_setaffinity": (203, 1, 0, 0),
    "sched_setscheduler": (144, 0, -1, 0),
    "sched_setattr": (314, 0, 0, 0),
    "ioprio_set": (251, -1, 0, 0),
    "process_mrelease": (448, -1, 0),
    "quotactl_fd": (443, -1, 0, 0, 0),
    "inotify_init1": (294, -1),
    "fanotify_mark": (301, -1, 0, 0, 0, 0),
    "io_submit": (209, 0, 0, 0),
    "io_pgetevents": (333, 0, 0, 0, 0, 0, 0),
    "shmat": (30, -1, 0, 0),
    "semop": (65, -1, 0, 0),
    "msgsnd": (69, -1, 0, 0, 0),
    "mq_unlink": (241, 0),
    "uselib": (134, 0),
    "ustat": (136, 0, 0),
    "sysfs": (139, -1, 0, 0),
    "setxattr": (188, 0, 0, 0, 0, 0),
    "removexattr": (197, 0, 0),
    "mincore": (27, 1, 0, 0),
    "remap_file_pages": (216, 0, 0, 0, 0, 0),
    "pkey_alloc": (330, -1, 0),
    "landlock_add_rule": (445, -1, 0, 0, 0),
    "cachestat": (451, -1, 0, 0, 0),
    "lsm_set_self_attr": (460, 0, 0, 0, 0),
    "socketpair-of-another-family": (53, 16, 3, 0, 0),
    "personality-with-more": (135, 0x0008),
}

CLONE_FLAGS = {
    "NEWCGROUP": 0x02000000,
    "NEWUTS": 0x04000000,
    "NEWIPC": 0x08000000,
    "NEWUSER": 0x10000000,
    "NEWPID": 0x20000000,
    "NEWNET": 0x40000000,
    "NEWNS": 0x00020000,
}

KERNEL = (
    *(
        python(
            f"syscall-{name.replace(' ', '-')}",
            "seccomp",
            code=SYSCALL + f"refused({name!r}, {', '.join(map(str, numbers))})\n",
        )
        for name, numbers in SYSCALLS.items()
        if name in {"ptrace", "keyctl", "io_uring_setup", "clone3"}
    ),
    python(
        "all-other-syscalls",
        "seccomp",
        code=SYSCALL + f"for name, numbers in {SYSCALLS!r}.items(): refused(name, *numbers)\n",
    ),
    python(
        "namespaces-by-clone",
        "seccomp",
        code=SYSCALL
        + f"""
for name, flag in {CLONE_FLAGS!r}.items():
    refused("unshare " + name, 272, flag)
    answer = call(56, flag | 17, 0, 0, 0, 0)
    if os.getpid() == 1 or answer not in ("EPERM",):
        print("BREACH: clone", name, answer)
        os._exit(0)
""",
    ),
    python(
        "x32-syscall",  # killed on the spot (SIGSYS): another architecture, to the filter
        "seccomp",
        code=SYSCALL + 'refused("x32 getpid", 0x40000000 + 39)\n',
        ends=ANY,
    ),
    python(
        "32-bit-syscall",
        "seccomp",
        # mov eax, 20 (getpid in the 32-bit table); int 0x80; ret
        code="""
        import ctypes, mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        answer = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
        print("BREACH: int 0x80 answers" if answer > 0 else "refused", answer)
        """,
        ends=ANY,
    ),
    python(
        "device-nodes",
        "seccomp",
        "capabilities",
        code="""
        import os, stat
        for kind in (stat.S_IFBLK, stat.S_IFCHR):
            for number in (os.makedev(1, 1), os.makedev(8, 0), os.makedev(254, 0)):
                try: os.mknod(f"/tmp/{kind}{number}", kind | 0o600, number); print("BREACH: a device")
                except PermissionError: pass
        """,
    ),
    python(
        "executable-tmpfs",
        "noexec",
        code="""
        import os, shutil, subprocess
        os.chmod("/app/script.py", 0o644)  # our own: /app has no room for another file
        os.chmod("/box", 0o755)
        for place in ("/tmp/x", "/dev/shm/x", "/box/x", "/app/script.py"):
            shutil.copy("/bin/true", place); os.chmod(place, 0o755)
            try: subprocess.run([place]); print("BREACH: ran", place)
            except PermissionError: pass
        """,
    ),
)

PRIVILEGE = (
    python(
        "user",
        "non-root user",
        code="""
        import os
        if 0 in (*os.getresuid(), *os.getresgid(), *os.getgroups()): print("BREACH: root")
        for take in (os.setuid, os.setgid, os.seteuid):
            try: take(0); print("BREACH:", take)
            except OSError: pass
        """,
    ),
    javascript(
        "js-user",
        "non-root user",
        code="if ([process.getuid(), process.getgid()].includes(0)) console.log('BREACH: root')",
    ),
    python(
        "capability-sets",
        "capabilities",
        code="""
        for process in ("self",):
            for line in open(f"/proc/{process}/status"):
                if line.startswith("Cap") and int(line.split()[1], 16): print("BREACH:", line)
        """,
    ),
    python(
        "new-privileges",
        "no new privileges",
        code="""
        if "NoNewPrivs:\\t1" not in open("/proc/self/status").read(): print("BREACH: may gain more")
        """,
    ),
    python(
        "seccomp-mode",
        "seccomp",
        code="""
        # The container's, the supervisor's own for the calls that it counts, and in a nest the program's.
        filters = open("/proc/self/status").read().split("Seccomp_filters:")[1].split()[0]
        if int(filters) < 2: print("BREACH: no filter")
        """,
    ),
    python(
        "setuid-files",
        "image",
        code="""
        import os
        for top, directories, files in os.walk("/"):
            if top.startswith(("/proc", "/sys")): directories[:] = []; continue
            for name in files:
                if os.lstat(os.path.join(top, name)).st_mode & 0o6000: print("BREACH:", top, name)
        """,
    ),
    python(
        "kernel-settings",
        "read-only paths",
        "non-root user",
        # Only settings of the sandbox's own network namespace, so that success would harm nobody.
        code="""
        for name in ("net/ipv4/ip_forward", "net/ipv4/ip_default_ttl"):
            try: open(f"/proc/sys/{name}", "w").write("1"); print("BREACH: set", name)
            except OSError: pass
        """,
    ),
    python(
        "cgroup-files",
        "read-only cgroups",
        code="""
        import glob, os
        for path in glob.glob("/sys/fs/cgroup/**", recursive=True):
            if os.access(path, os.W_OK) and not os.path.isdir(path): print("BREACH:", path)
        for path in ("/sys/fs/cgroup/x", "/sys/fs/cgroup/memory/x"):
            try: os.mkdir(path); print("BREACH: made", path)
            except OSError: pass
        """,
    ),
    python(
        "own-interpreter",  # as in CVE-2019-5736, which overwrote runc by /proc/self/exe
        "read-only root",
        "non-root user",
        code="""
        import os
        for path in ("/proc/self/exe", "/usr/bin/python3", "/proc/1/exe"):
            try: os.open(path, os.O_WRONLY); print("BREACH:", path)
            except OSError: pass
        """,
    ),
    python(
        "working-directory-escape",  # as in CVE-2024-21626, a leaked descriptor of the host's
        "engine",
        code="""
        import os
        for fd in range(3, 64):
            try: os.chdir(f"/proc/self/fd/{fd}/../../../.."); print("BREACH:", fd, os.listdir("."))
            except OSError: pass
        os.chdir("/app"); os.chdir("../../../..")
        if not os.path.exists("/sandbox/supervisor"): print("BREACH: out")
        """,
    ),
    python(
        "raised-limits",
        "ulimits",
        code="""
        import resource as r
        for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_MSGQUEUE"):
            number = getattr(r, name, 12)
            soft, hard = r.getrlimit(number)
            try: r.setrlimit(number, (hard + 1, hard + 1)); print("BREACH: raised", name)
            except (ValueError, PermissionError): pass
        if r.getrlimit(r.RLIMIT_CORE) != (1, 1): print("BREACH: core dumps, or a handler for them")
        try: r.setrlimit(r.RLIMIT_CORE, (0, 0)); print("BREACH: a handler for core dumps")
        except (ValueError, PermissionError): pass
        """,
    ),
    python(
        "locks-memory",  # mlock is refused; this flag of mmap asks the limit only
        "ulimits",
        code="""
        import mmap
        MAP_LOCKED = 0x2000
        try: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_LOCKED)
        except PermissionError: pass
        else: print("BREACH: memory that cannot be taken away")
        """,
    ),
)
