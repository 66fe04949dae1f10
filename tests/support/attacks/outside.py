"""Attacks that reach for what is outside of the sandbox: networks, and files of others."""

from .attack import javascript, python

NETWORK = (
    python(
        "interfaces",
        "no network",
        code="""
        import os
        found = sorted(os.listdir("/sys/class/net"))
        if found != ["lo"]: print("BREACH: interfaces", found)
        lines = open("/proc/net/route").read().splitlines()
        if len(lines) > 1: print("BREACH: routes", lines)
        """,
    ),
    python(
        "calls-out",
        "no network",
        code="""
        import socket
        for family, address in (
            (socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET, ("172.17.0.1", 22)),
            (socket.AF_INET6, ("2001:db8::1", 80)), (socket.AF_INET, ("169.254.169.254", 80)),
        ):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                try:
                    s = socket.socket(family, kind); s.settimeout(0.5); s.connect(address)
                    print("BREACH: a way to", address)
                except OSError as error: print(error)
        """,
    ),
    python(
        "dns",
        "no network",
        code="""
        import socket
        try: print("BREACH:", socket.getaddrinfo("example.com", 80))
        except OSError as error: print(error)
        print("BREACH: a name server" if "nameserver" in open("/etc/resolv.conf").read() else "none")
        """,
    ),
    python(
        "odd-sockets",
        "seccomp",
        code="""
        import socket
        for name, family, kind in (
            ("netlink", 16, 3), ("packet", 17, 3), ("vsock", 40, 1), ("alg", 38, 5), ("can", 29, 3),
            ("bluetooth", 31, 3), ("xdp", 44, 3), ("key", 15, 3), ("tipc", 30, 1), ("smc", 43, 1),
        ):
            try: socket.socket(family, kind); print("BREACH:", name)
            except PermissionError: pass
            except OSError as error: print("BREACH: the kernel was asked for", name, error)
        """,
    ),
    python(
        "raw-sockets",
        "capabilities",
        code="""
        import socket
        for family in (socket.AF_INET, socket.AF_INET6):
            try: socket.socket(family, socket.SOCK_RAW, 1); print("BREACH: raw", family)
            except PermissionError: pass
        """,
    ),
    javascript(
        "js-network",
        "no network",
        code="""
        const say = e => console.log(e.cause ? e.cause.code : e.code);
        fetch('http://192.0.2.1/').then(() => console.log('BREACH'), say);
        fetch('http://example.com/').then(() => console.log('BREACH'), say);
        """,
    ),
)

READING = (
    python(
        "passwd",
        "image",
        code="""
        names = [line.split(":")[0] for line in open("/etc/passwd")]
        if names != ["root", "nobody"]: print("BREACH:", names)
        for name in ("/etc/shadow", "/etc/gshadow", "/root", "/home", "/var/lib/dpkg", "/etc/apt"):
            try: open(name) if "." in name else __import__("os").stat(name); print("BREACH:", name)
            except OSError: pass
        """,
    ),
    javascript(
        "js-passwd",
        "image",
        code="""
        const lines = require('fs').readFileSync('/etc/passwd', 'utf8').split('\\n');
        const names = lines.map(l => l.split(':')[0]);
        if (names.join() !== 'root,nobody,') console.log('BREACH:', names);
        """,
    ),
    python(
        "environment",
        "environment",
        code="""
        import os
        known = {"PATH", "HOME", "USER", "LANG", "HOSTNAME", "LC_CTYPE", "TERM"}
        for name in os.environ:
            if name not in known and not name.startswith("PYTHON"): print("BREACH:", name)
        """,
    ),
    javascript(
        "js-environment",
        "environment",
        code="""
        const known = ['PATH', 'HOME', 'USER', 'LANG', 'HOSTNAME', 'TERM'];
        for (const n of Object.keys(process.env))
          if (!known.includes(n) && !n.startsWith('PYTHON')) console.log('BREACH:', n);
        """,
    ),
    python(
        "first-process",
        "supervisor",
        code="""
        import os
        for name in ("environ", "mem", "maps", "fd", "cwd", "root", "exe", "stack", "syscall", "auxv"):
            path = f"/proc/1/{name}"
            try:
                if name in ("cwd", "root", "exe"): print("BREACH:", name, os.readlink(path))
                elif name == "fd": print("BREACH:", name, os.listdir(path))
                elif open(path, "rb").read(1): print("BREACH:", name)
            except OSError: pass
        """,
    ),
    python(
        "kernel-files",
        "masked paths",
        code="""
        import os
        for path in (
            "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/kallsyms",
            "/proc/modules", "/proc/interrupts", "/proc/softirqs", "/proc/schedstat", "/proc/kmsg",
            "/proc/sched_debug",
        ):
            try:
                if open(path, "rb").read(1): print("BREACH:", path)
            except OSError: pass
        for path in ("/sys/firmware", "/sys/kernel", "/sys/module", "/proc/acpi", "/sys/class/block"):
            try:
                if os.listdir(path): print("BREACH:", path)
            except OSError: pass
        """,
    ),
    python(
        "files-about-others",  # what the kernel counts for all of the machine together, by name
        "masked paths",
        code="""
        import os
        for path in ("/proc/locks", "/proc/vmstat", "/proc/cgroups", "/proc/sys/fs/file-nr"):
            try:
                if open(path, "rb").read(1): print("BREACH:", path)
            except OSError: pass
        cgroups = "/sys/fs/cgroup"
        for place in ("/sys/block", "/sys/dev", "/sys/devices", "/sys/fs", "/proc/fs", "/proc/irq"):
            for top, directories, files in os.walk(place):
                directories[:] = [one for one in directories if os.path.join(top, one) != cgroups]
                for name in files:
                    if "/features" in top or name == "supported_features": continue
                    try:
                        if open(os.path.join(top, name), "rb").read(1): print("BREACH:", top, name)
                    except OSError: pass
        """,
    ),
    python(
        "host-traces",
        "cgroup namespace",
        code="""
        for line in open("/proc/self/cgroup"):
            if line.strip().rpartition(":")[2] != "/": print("BREACH:", line)
        """,
    ),
    python(
        "sockets-and-devices",
        "no mounts",
        code="""
        import os, stat
        fine = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"}
        for top, directories, files in os.walk("/"):
            if top.startswith(("/proc", "/sys")): directories[:] = []; continue
            for name in files:
                mode = os.lstat(os.path.join(top, name)).st_mode
                if stat.S_ISSOCK(mode): print("BREACH: socket", top, name)
                if stat.S_ISBLK(mode): print("BREACH: block device", top, name)
                if stat.S_ISCHR(mode) and name not in fine: print("BREACH: device", top, name)
        """,
    ),
    python(
        "others-code",
        "one container per run",
        code="""
        import os
        found = [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]
        found = {p: open(f"/proc/{p}/comm").read().strip() for p in found}
        ours = [p for p in found if found[p] == "supervisor"]  # it and, not in a nest, the relay
        if len(ours) > 2 or len(ours) < len(found): print("BREACH: processes", found)
        if os.listdir("/tmp") or os.listdir("/dev/shm"): print("BREACH: leftovers")
        if os.listdir("/app") != ["script.py"]: print("BREACH: programs")
        """,
    ),
    python(
        "connections-of-the-last-run",
        "one container per run",
        code="""
        import socket
        if len(open("/proc/net/tcp").readlines()) > 1: print("BREACH: another run's connections")
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        server.accept()[0].close(); client.recv(1); client.close()
        """,
    ),
    python(
        "connections-that-wait",
        "network settings",
        code="""
        import os, socket, time
        server = socket.create_server(("127.0.0.1", 0), backlog=4096)
        for _ in range(2):
            if os.fork(): continue
            clients = [socket.socket() for _ in range(100)]
            for one in clients:
                one.setblocking(False)
                one.connect_ex(server.getsockname())
            time.sleep(1)
            os._exit(0)
        time.sleep(0.7)
        waiting = int(open("/proc/net/tcp").read().split("0A ")[1].split(":")[1][:8], 16)
        if waiting > 150: print("BREACH:", waiting, "connections that nobody accepts")
        """,
    ),
    python(
        "times-of-the-last-run",
        "one container per run",
        code="""
        import os, time
        later = os.stat("/dev/full").st_mtime - os.stat("/dev/zero").st_mtime
        if later > 0.4: print("BREACH: touched by another run")
        time.sleep(0.5)
        try: os.utime("/dev/full")
        except OSError: pass
        """,
    ),
    python(
        "inherited-descriptors",
        "supervisor",
        code="""
        import os
        pipes = set()
        for fd in os.listdir("/proc/self/fd"):
            try: target = os.readlink(f"/proc/self/fd/{fd}")
            except OSError: continue
            if int(fd) <= 2 or "/proc/" in target: continue
            if target.startswith("pipe:"): pipes.add(target)
            else: print("BREACH:", fd, target)
        if len(pipes) > 1: print("BREACH: besides the channel of error reports,", pipes)
        """,
    ),
)
