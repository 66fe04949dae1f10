"""More attacks on the host and its other tenants: reading and disturbing them."""

from executor import Limits, Verdict

from .attack import SECOND, python
from .kernel import SYSCALL

NETWORK = (
    python(
        "odd-protocols",  # of the families that may be used
        "seccomp",
        code="""
        import socket
        for family in (socket.AF_INET, socket.AF_INET6):
            for name, kind, protocol in (
                ("mptcp", 1, 262), ("sctp", 5, 132), ("sctp", 1, 132), ("dccp", 6, 33),
                ("udplite", 2, 136), ("icmp", 2, 1), ("icmp6", 2, 58), ("l2tp", 2, 115), ("smc", 1, 256),
            ):
                try: socket.socket(family, kind, protocol); print("BREACH:", name)
                except PermissionError: pass
                except OSError as error: print("BREACH: the kernel was asked for", name, error)
        """,
    ),
    python(
        "protocols-loaded-by-an-option",
        "seccomp",
        code=SYSCALL
        + """
import socket
server = socket.create_server(("127.0.0.1", 0)); client = socket.create_connection(server.getsockname())
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
name = ctypes.addressof(ctypes.create_string_buffer(b"tls"))
high = 1 << 32  # the kernel looks at 32 bits only
for level, option in ((6, 31), (6 + high, 31), (6, 31 + high), (6 + high, 31 + high)):
    refused(f"TCP_ULP {level} {option}", 54, client.fileno(), level, option, name, 3)
""",
    ),
    python(
        "host-services",
        "no network",
        code="""
        import socket
        for port in (22, 53, 80, 111, 443, 2375, 2376, 5000, 5432, 5672, 6379, 8000, 8080, 9090, 10250):
            for host in ("127.0.0.1", "::1"):
                try: socket.create_connection((host, port), 0.2); print("BREACH:", host, port)
                except OSError: pass
        """,
    ),
    python(
        "datagrams-to-all",
        "no network",
        code="""
        import socket
        for address in ("255.255.255.255", "224.0.0.1", "172.17.255.255", "192.0.2.1"):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            try: s.sendto(b"x", (address, 53)); print("BREACH: sent to", address)
            except OSError as error: print(error)
        """,
    ),
    python(
        "other-peoples-sockets",
        "no network",
        code="""
        for table in ("unix", "tcp", "tcp6", "udp", "udp6", "raw", "packet", "netlink", "arp", "dev"):
            try: lines = open(f"/proc/net/{table}").read().splitlines()
            except OSError: continue
            lines = [line for line in lines if ":" in line and "|" not in line or table == "arp"][1:]
            lines = [line for line in lines if not line.strip().startswith(("lo:", "sl", "Num"))]
            if table not in ("netlink", "packet") and lines: print("BREACH:", table, lines)
        """,
    ),
    python(
        "changes-the-network",
        "capabilities",
        code="""
        import fcntl, os, socket, struct
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for name, number in (("SIOCSIFADDR", 0x8916), ("SIOCSIFFLAGS", 0x8914), ("SIOCSIFMTU", 0x8922),
                             ("SIOCADDRT", 0x890B), ("SIOCBRADDBR", 0x89A0), ("SIOCSARP", 0x8955)):
            try: fcntl.ioctl(s, number, struct.pack("16sHH", b"lo", 2, 0).ljust(256, b"\\0"))
            except OSError as error: print(name, error)
            else: print("BREACH:", name)
        if os.path.exists("/dev/net/tun"): print("BREACH: tun")
        """,
    ),
)

READING = (
    python(
        "host-secrets",
        "no mounts",
        code="""
        import os
        for path in (
            "/var/run/docker.sock", "/run/docker.sock", "/run/containerd", "/run/podman", "/run/crio",
            "/var/run/secrets", "/run/secrets", "/run/systemd", "/run/dbus", "/var/lib/docker",
            "/host", "/hostfs", "/rootfs", "/media", "/boot", "/lib/modules", "/etc/ssh",
            "/etc/kubernetes", "/etc/docker", "/var/lib/kubelet", "/etc/machine-id", "/root",
        ):
            if os.path.lexists(path): print("BREACH:", path)
        # Of /mnt there is only the way to the run's own files.
        if os.listdir("/mnt") != ["data"] or os.readlink("/mnt/data") != "/box": print("BREACH: /mnt")
        if os.uname().nodename != "sandbox": print("BREACH: the host's name", os.uname().nodename)
        for name in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
            lines = [l for l in open(name) if l.strip() and not l.startswith("#")]
            if [l for l in lines if l.split()[-1] not in ("sandbox", "localhost") and "ip6" not in l]:
                print("BREACH:", name, lines)
        """,
    ),
    python(
        "devices-of-the-host",
        "no mounts",
        code="""
        import os
        for name in ("mem", "kmem", "port", "kmsg", "kvm", "fuse", "net/tun", "vhost-net", "dri", "snd",
                     "loop-control", "loop0", "sda", "vda", "nvme0n1", "mapper", "cpu", "uinput",
                     "console", "vsock", "userfaultfd", "hwrng", "tty0", "ttyS0"):
            if os.path.lexists("/dev/" + name): print("BREACH:", name)
        """,
    ),
    python(
        "host-details",
        "masked paths",
        code="""
        import os
        for path in (
            "/proc/cmdline", "/proc/diskstats", "/proc/partitions", "/sys/class/dmi/id/product_uuid",
            "/sys/kernel/notes", "/sys/kernel/vmcoreinfo", "/sys/firmware/acpi/tables/DSDT",
        ):
            try:
                if open(path, "rb").read(1): print("BREACH:", path)
            except OSError: pass
        """,
    ),
    python(
        "terminals",  # some 3,000 for all containers of a machine
        "masked paths",
        code="""
        import os
        for name in ("/dev/ptmx", "/dev/pts/ptmx"):
            try: os.open(name, os.O_RDWR | os.O_NOCTTY); print("BREACH: a pseudo-terminal")
            except OSError: pass
        """,
    ),
    python(
        "things-left-in-shared-memory",  # run twice, it would find what it left
        "own IPC",
        "seccomp",
        code=SYSCALL
        + """
key = 0x5AFEC0DE
if call(29, key, 0, 0) == "done": print("BREACH: found what another run has left")
call(29, key, 4096, 0o1666)
""",
    ),
)

QUOTAS = (
    python(
        "swap",  # the machine may have none to take; what counts is whether it would be given
        "no swap",
        code="""
        import os
        v1, v2 = "/sys/fs/cgroup/memory/memory.", "/sys/fs/cgroup/memory."
        if os.path.exists(v2 + "swap.max"): swap = open(v2 + "swap.max").read().strip() != "0"
        else: swap = len({open(v1 + n).read() for n in ("limit_in_bytes", "memsw.limit_in_bytes")}) > 1
        if swap: print("BREACH: swap")
        """,
    ),
    python(
        "processors",  # on a busy machine nobody gets more anyway: ask for the quota
        "processors",
        code="""
        import os
        v1, v2 = "/sys/fs/cgroup/cpu/cpu.cfs_", "/sys/fs/cgroup/cpu.max"
        if os.path.exists(v2): quota, period = open(v2).read().split()
        else: quota, period = (open(v1 + n).read() for n in ("quota_us", "period_us"))
        if quota == "max" or not 0 < int(quota) <= int(period): print("BREACH:", quota, period)
        """,
    ),
)

KERNEL = (
    python(
        "settings-of-the-kernel",  # only opened: it would be the host's
        "read-only paths",
        "non-root user",
        code="""
        import os
        for name in (
            "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname",
            "/proc/sys/kernel/sysrq", "/proc/sys/kernel/hotplug", "/proc/sys/vm/overcommit_memory",
            "/proc/sys/vm/drop_caches", "/proc/sys/fs/file-max", "/proc/sys/fs/binfmt_misc/register",
            "/proc/sys/kernel/yama/ptrace_scope", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity",
        ):
            try: os.open(name, os.O_WRONLY); print("BREACH: opened", name)
            except OSError: pass
        """,
    ),
    python(
        "settings-by-sysfs",
        "read-only paths",
        "non-root user",
        code="""
        import os
        for top, directories, files in os.walk("/sys"):
            if top.count("/") > 5: directories[:] = []
            for name in files:
                try: os.open(os.path.join(top, name), os.O_WRONLY | os.O_NOFOLLOW)
                except OSError: continue
                print("BREACH: opened", top, name)
        """,
    ),
    python(
        "powers-by-prctl",
        "capabilities",
        code=SYSCALL
        + """
for name, arguments in {
    "PR_CAP_AMBIENT raise": (47, 2, 21, 0, 0), "PR_SET_SECUREBITS": (28, 0x2F),
    "PR_CAPBSET_DROP": (24, 0), "PR_SET_MM": (35, 1, 4096, 0, 0),
    "PR_SET_NO_NEW_PRIVS off": (38, 0, 0, 0, 0), "PR_SET_SECCOMP off": (22, 0, 0),
}.items():
    answer = call(157, *arguments)
    if answer == "done": print("BREACH:", name)
""",
    ),
    python(
        "mount-points",
        "read-only root",
        "no mounts",
        code="""
        import os
        ours = ("/tmp", "/dev/shm", "/app", "/box")
        for line in open("/proc/self/mountinfo"):
            fields = line.split()
            place, kind = fields[4], fields[fields.index("-") + 1]
            if place in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
                if "ro" not in fields[5].split(","): print("BREACH: may write to", place)
            elif kind not in ("overlay", "proc", "tmpfs", "devpts", "sysfs", "cgroup", "cgroup2",
                              "mqueue", "devtmpfs"):
                print("BREACH: a", kind, "at", place)
            if kind == "tmpfs" and place in ours:
                options = line.replace(",", " ").split()
                if not {"noexec", "nosuid", "nodev"} <= set(options): print("BREACH:", place, options)
                if "nr_inodes" not in line or "size" not in line: print("BREACH: unbounded", place)
            elif os.access(place, os.W_OK) and not place.startswith(("/dev/", "/proc/")):
                print("BREACH: may write to", place)
        """,
    ),
    python(
        "32-bit-program",  # the other way in to the 32-bit table
        "seccomp",
        code="""
        import os
        # A 32-bit ELF header whose only code is: mov al, 1; int 0x80 (exit).
        code = bytes.fromhex("31dbb001cd80")
        header = (b"\\x7fELF\\x01\\x01\\x01".ljust(16, b"\\0") + bytes.fromhex(
            "02000300010000005480040834000000000000000000000034002000010000000000 0000".replace(" ", "")))
        program = (1).to_bytes(4, "little") + (0).to_bytes(4, "little") + b"".join(
            n.to_bytes(4, "little") for n in (0x08048000, 0x08048000, 90, 90, 5, 4096))
        file = os.memfd_create("x"); os.write(file, (header + program + code).ljust(90, b"\\0"))
        pid = os.fork()
        if pid == 0:
            try: os.execve(file, ["x"], {})
            except OSError: os._exit(77)
        status = os.waitpid(pid, 0)[1]
        if status == 0: print("BREACH: a 32-bit program called the kernel")
        """,
        ends=Verdict.OK,
    ),
)

TIME = (
    # No more: without the filter the engine waits ten seconds for the kernel to remove this many.
    python(
        "locks-that-outlast-their-processes",  # each close by each process looks at all of them
        "seccomp",
        code="""
        import fcntl, os, struct, time
        file = os.memfd_create("x")
        def lock(kind, at, size):  # F_OFD_SETLK
            fcntl.fcntl(file, 37, struct.pack("hh4xqqi4x", kind, 0, at, size, 0))
        try:
            lock(fcntl.F_WRLCK, 0, 0)
            for at in range(60_000, 0, -2): lock(fcntl.F_UNLCK, at, 1)
            print("BREACH: 30,000 locks of an open file")
        except OSError: pass
        for _ in range(240): os.dup(file)
        for _ in range(50):
            if os.fork() == 0: time.sleep(60)
        os._exit(0)
        """,
        proof=lambda result: (result.evidence.reported, result.exit_code) == (True, 0),
    ),
    python(
        "borrows-processors",  # since Linux 6.18 nothing stops a process in a long call
        "wall clock",
        code="""
        import os
        file, buffer = os.open("/dev/urandom", os.O_RDONLY), bytearray(2 << 20)
        for _ in range(3): os.fork()
        while True: os.readv(file, [buffer] * 1000)
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
        proof=lambda result: result.evidence.reported,
    ),
    python(
        "timers-without-end",  # each interrupts a processor, and a kernel before 6.13 again and again
        "ulimits",
        code="""
        import ctypes, signal
        libc, made = ctypes.CDLL(None), 0
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        at_once = (ctypes.c_long * 4)(0, 1, 0, 1)
        while made < 5000:
            timer = ctypes.c_void_p()
            if libc.timer_create(1, None, ctypes.byref(timer)): break
            libc.timer_settime(timer, 0, at_once, None)
            made += 1
        if made > 1100: print("BREACH:", made, "timers")
        if made < 100: print("BREACH: proves nothing")
        """,
        limits=Limits(wall_seconds=10),
    ),
)
