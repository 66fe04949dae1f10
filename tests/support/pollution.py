"""A run that leaves behind all it can, and a run that looks at all that the last one may have changed."""

# ruff: noqa: E501 - the programs are lists, one thing in each line

POLLUTE_PYTHON = r"""
import builtins, fcntl, os, resource, signal, socket, sys, threading, time
kept = []
def attempt(act):
    try: kept.append(act())
    except (OSError, ValueError, MemoryError): pass
def write(path, size=1):
    with open(path, "wb") as file: file.write(b"x" * size)
# Files, everywhere.
for place in ("/tmp", "/dev/shm", "/app", "/box", "/dev/mqueue", "/run", "/var", "/dev", "/"):
    attempt(lambda: os.chmod(place, 0o777))
    attempt(lambda: write(place + "/left", 100000))
    attempt(lambda: os.symlink("/etc/passwd", place + "/link"))
    attempt(lambda: os.mkfifo(place + "/fifo"))
attempt(lambda: write("/app/script.py", 10))
for name in ("null", "zero", "full", "random", "urandom", "tty"): attempt(lambda: os.utime("/dev/" + name))
for place in ("/dev", "/sys/fs/cgroup", "/etc", "/sandbox"): attempt(lambda: os.listdir(place))
attempt(lambda: write("/proc/sys/net/core/somaxconn"))
attempt(lambda: write("/proc/self/oom_score_adj"))
# Sockets: listening, connected, and closed so that the kernel still remembers them.
for family, address in ((socket.AF_INET, ("127.0.0.1", 4711)), (socket.AF_UNIX, "\0left"), (socket.AF_UNIX, "/tmp/socket")):
    def connect():
        server = socket.socket(family); server.bind(address); server.listen()
        client = socket.socket(family); client.connect(server.getsockname())
        accepted = server.accept()[0]
        for _ in range(3): client.send(b"x" * 10000)
        accepted.shutdown(socket.SHUT_RDWR); accepted.recv(100); client.close(); accepted.close()
        return server
    attempt(connect)
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(("127.0.0.1", 4712)))
# What a process has for itself and its children.
for number in range(16):
    attempt(lambda: resource.setrlimit(number, (resource.getrlimit(number)[0] // 2, resource.getrlimit(number)[1] // 2)))
attempt(lambda: os.nice(7)); attempt(lambda: os.sched_setaffinity(0, {0})); os.umask(0); os.chdir("/tmp")
for number in range(1, 65): attempt(lambda: signal.signal(number, signal.SIG_IGN))
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
# Descriptors that it shares, perhaps, with somebody.
for fd in list(range(6)) + [100]:
    for flags in (os.O_RDWR, os.O_WRONLY, os.O_RDONLY):
        attempt(lambda: os.open(f"/proc/self/fd/{fd}", flags | os.O_NONBLOCK))
    attempt(lambda: os.set_blocking(fd, False)); attempt(lambda: fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, 1 << 20))
    attempt(lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))
attempt(lambda: os.write(os.open("/proc/self/fd/0", os.O_WRONLY | os.O_NONBLOCK), b"left"))
# The interpreter.
os.environ["LEFT"] = "1"; builtins.left = 1; sys.path.append("/left"); sys.setrecursionlimit(99)
# Processes that ignore signals, in groups and sessions of their own, and threads.
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        while True: time.sleep(1)
threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
one, other = socket.socketpair(); os.set_blocking(1, True)
threading.Thread(target=lambda: os.sendfile(1, one.fileno(), None, 1), daemon=True).start()  # holds the lock of stdout
time.sleep(0.05)
x = bytearray(40 << 20)
"""

LOOK_PYTHON = r"""
import builtins, fcntl, json, os, re, resource, signal, socket, stat, sys
def text(path):
    try: return open(path).read()
    except OSError as error: return error.errno
def names(path):
    try: return sorted((n, os.lstat(path + "/" + n).st_mode) for n in os.listdir(path) if n not in os.listdir("/dev/fd") or path != "/dev")
    except OSError as error: return error.errno
def of(call, *arguments):
    try: return call(*arguments)
    except OSError as error: return error.errno
def room(path):
    s = os.statvfs(path)
    return s.f_blocks, s.f_bfree, s.f_files, s.f_ffree, s.f_flag
fds = [int(n) for n in os.listdir("/proc/self/fd")]
status = text("/proc/self/status")
seen = {
    "places": {place: names(place) for place in ("/", "/tmp", "/dev/shm", "/app", "/box", "/dev", "/dev/mqueue", "/run", "/var", "/sandbox")},
    "times": {path: (os.stat(path).st_atime_ns, os.stat(path).st_mtime_ns) for path in ("/", "/dev", "/dev/null", "/dev/zero", "/dev/full",
        "/dev/random", "/dev/urandom", "/dev/tty", "/sys", "/sys/fs/cgroup", "/etc", "/etc/hosts", "/etc/hostname", "/sandbox")},
    "room": {place: room(place) for place in ("/tmp", "/dev/shm", "/app", "/box")},
    "program": len(text("/app/script.py")), "modes": [os.stat(p).st_mode for p in ("/app", "/app/script.py", "/box", "/tmp")],
    "port": of(socket.socket().bind, ("127.0.0.1", 4711)), "processes": {p: text(f"/proc/{p}/comm") for p in os.listdir("/proc") if p.isdigit()},
    "threads": os.listdir("/proc/self/task"), "ids": [os.getpid(), os.getppid(), os.getsid(0), os.getpgid(0), os.getresuid(), os.getgroups()],
    "net": {name: sorted(re.sub(r"\b[0-9a-f]{16}\b|\s+\d+ *$", "", line, flags=re.M) for line in text("/proc/net/" + name).splitlines()[1:])
            for name in ("tcp", "tcp6", "udp", "raw")},
    "unix": [line.split()[7:] for line in text("/proc/net/unix").splitlines()[1:]], "dev": text("/proc/net/dev"),
    "settings": {name: text("/proc/sys/net/" + name) for name in ("core/somaxconn", "ipv4/tcp_rmem", "ipv4/tcp_fastopen", "ipv4/ip_local_port_range")},
    "limits": {n: of(resource.getrlimit, n) for n in range(16)}, "nice": os.nice(0), "cpus": sorted(os.sched_getaffinity(0)), "umask": os.umask(0o22),
    "scheduler": [os.sched_getscheduler(0), of(os.getpriority, os.PRIO_USER, 0)],
    "status": {key: status.split(key + ":")[1].split()[0] for key in
        "SigQ SigPnd ShdPnd SigBlk SigIgn CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Seccomp_filters Threads Groups Umask".split()},
    "descriptors": {fd: re.sub(r"\d+", "N", str(of(os.readlink, f"/proc/self/fd/{fd}"))) for fd in fds},
    "flags": {fd: of(fcntl.fcntl, fd, fcntl.F_GETFL) for fd in (0, 1, 2, 100)},
    "pipes": {fd: of(fcntl.fcntl, fd, fcntl.F_GETPIPE_SZ) for fd in (0, 1, 2, 100)},
    "locks": {fd: of(fcntl.flock, fd, fcntl.LOCK_EX | fcntl.LOCK_NB) for fd in (0, 1, 2)}, "input": of(os.read, 0, 100),
    "mounts": sorted(re.sub(r"\d+:\d+|^\d+ \d+ ", "", re.sub(r"(size|nr_inodes|uid|gid)=\d+k?,?", "", line)) for line in text("/proc/self/mountinfo").splitlines()),
    "ipc": {name: text("/proc/sysvipc/" + name) for name in ("shm", "sem", "msg")}, "host": [socket.gethostname(), os.uname()[1]],
    "oom": text("/proc/self/oom_score_adj"), "core": text("/proc/self/coredump_filter"), "cgroup": text("/proc/self/cgroup"), "maps": text("/proc/self/uid_map"),
    "environment": dict(os.environ), "path": sys.path, "modules": sorted(sys.modules), "builtins": sorted(vars(builtins)), "argv": sys.argv, "cwd": os.getcwd(),
    "recursion": sys.getrecursionlimit(), "itimers": [signal.getitimer(n) for n in range(3)], "command": text("/proc/self/cmdline"), "login": text("/proc/self/loginuid"),
}
print(json.dumps(seen, indent=1, default=str))
"""

POLLUTE_JAVASCRIPT = r"""
const fs = require('fs'), net = require('net'), os = require('os'), { spawn } = require('child_process'), { Worker } = require('worker_threads');
const attempt = (act) => { try { act(); } catch {} };
// Files, everywhere.
for (const place of ['/tmp', '/dev/shm', '/app', '/box', '/dev/mqueue', '/run', '/var', '/dev', '/']) {
  attempt(() => fs.chmodSync(place, 0o777));
  for (const name of ['left', 'other']) attempt(() => fs.writeFileSync(`${place}/${name}`, 'x'.repeat(100000)));
  attempt(() => fs.symlinkSync('/etc/passwd', `${place}/link`));
  attempt(() => fs.mkdirSync(`${place}/directory`));
}
for (const name of ['script.js', 'script.ts']) attempt(() => fs.writeFileSync(`/app/${name}`, 'left'));
for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty']) attempt(() => fs.utimesSync(`/dev/${name}`, 1, 1));
for (const place of ['/dev', '/sys/fs/cgroup', '/etc', '/sandbox']) attempt(() => fs.readdirSync(place));
for (const path of ['/proc/sys/net/core/somaxconn', '/proc/self/oom_score_adj', '/proc/self/coredump_filter']) attempt(() => fs.writeFileSync(path, '1'));
// Descriptors that it shares, perhaps, with somebody.
for (const fd of [0, 1, 2, 3, 4, 5, 100]) for (const flags of [fs.constants.O_RDWR, fs.constants.O_WRONLY, fs.constants.O_RDONLY])
  attempt(() => fs.openSync(`/proc/self/fd/${fd}`, flags | fs.constants.O_NONBLOCK));
attempt(() => fs.writeSync(fs.openSync('/proc/self/fd/0', fs.constants.O_WRONLY | fs.constants.O_NONBLOCK), 'left'));
// What the process and the engine have for themselves.
globalThis.left = 1; Object.prototype.left = 1; process.env.LEFT = '1'; process.umask(0); process.chdir('/tmp');
process.title = 'left'; require('v8').setFlagsFromString('--stack-size=500'); require('events').defaultMaxListeners = 99; Error.stackTraceLimit = 1;
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGPIPE']) process.on(signal, () => {});
attempt(() => os.setPriority(0, 7));
// Processes that ignore signals, threads, and sockets that listen.
for (let n = 0; n < 3; n++) spawn('/bin/sh', ['-c', 'trap "" TERM HUP INT; ulimit -n 20; sleep 60'], { detached: true, stdio: 'inherit' }).unref();
new Worker('setInterval(() => {}, 1000)', { eval: true });
net.createServer().listen('\0left'); net.createServer().listen('/tmp/socket');
require('dgram').createSocket('udp4').bind(4712, '127.0.0.1');
const server = net.createServer((socket) => socket.end('x')).listen(4711, '127.0.0.1', () =>
  net.connect(4711, '127.0.0.1').on('data', () => {}).on('close', () => setTimeout(() => { Array.prototype.map = null; END }, 20)));
"""
"""END is how it ends. TypeScript runs it as well."""

LOOK_JAVASCRIPT = r"""
const fs = require('fs'), os = require('os'), v8 = require('v8');
const of = (act) => { try { return act(); } catch (error) { return error.code; } };
const each = (names, look) => Object.fromEntries(names.map((name) => [name, of(() => look(name))]));
const text = (path) => fs.readFileSync(path, 'utf8');
const names = (place) => fs.readdirSync(place).sort().map((name) => [name, fs.lstatSync(`${place}/${name}`).mode]);
const places = ['/', '/tmp', '/dev/shm', '/app', '/box', '/dev', '/dev/mqueue', '/run', '/var', '/sandbox'];
const timed = ['/', '/dev', '/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom', '/dev/tty', '/sys', '/sys/fs/cgroup', '/etc', '/etc/hosts', '/sandbox'];
const status = text('/proc/self/status');
console.log(JSON.stringify({
  places: each(places, names), modes: each(['/app', '/box', '/tmp', '/dev/shm'], (place) => fs.statSync(place).mode),
  times: each(timed, (path) => [String(fs.statSync(path, { bigint: true }).atimeNs), String(fs.statSync(path, { bigint: true }).mtimeNs)]),
  room: each(['/tmp', '/dev/shm', '/app', '/box'], (place) => { const s = fs.statfsSync(place); return [s.blocks, s.bfree, s.files, s.ffree]; }),
  processes: fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)), ids: [process.pid, process.ppid, process.getuid(), process.getgroups()],
  net: each(['tcp', 'tcp6', 'udp', 'raw', 'unix'], (name) => text(`/proc/net/${name}`).split('\n').length), traffic: text('/proc/net/dev'),
  settings: each(['core/somaxconn', 'ipv4/tcp_rmem', 'ipv4/tcp_fastopen', 'ipv4/ip_local_port_range'], (name) => text(`/proc/sys/net/${name}`)),
  status: each(['SigQ', 'SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'Groups', 'Umask'],
    (key) => status.split(`${key}:`)[1].split('\n')[0].trim()),
  own: each(['limits', 'oom_score_adj', 'coredump_filter', 'cgroup', 'uid_map', 'gid_map', 'loginuid', 'cmdline', 'comm'], (name) => text(`/proc/self/${name}`)),
  mounts: text('/proc/self/mountinfo').split('\n').map((line) => line.replace(/(size|nr_inodes|uid|gid)=\d+k?,?|^\d+ \d+ |\d+:\d+/g, '')).sort(),
  ipc: each(['shm', 'sem', 'msg'], (name) => text(`/proc/sysvipc/${name}`)),
  descriptors: each(fs.readdirSync('/proc/self/fd'), (fd) => fs.readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N')),
  flags: each(['0', '1', '2'], (fd) => text(`/proc/self/fdinfo/${fd}`).match(/flags:.*/)[0]),
  priority: os.getPriority(0), umask: process.umask(), cwd: process.cwd(), environment: process.env, arguments: process.argv, options: process.execArgv,
  globals: Object.getOwnPropertyNames(globalThis).sort(), modules: Object.keys(require.cache), prototype: Object.getOwnPropertyNames(Object.prototype),
  map: typeof Array.prototype.map, listeners: process.eventNames().map(String), host: os.hostname(), input: of(() => { const bytes = Buffer.alloc(100); return bytes.toString('utf8', 0, fs.readSync(0, bytes)); }), title: process.title,
  engine: [require('events').defaultMaxListeners, Error.stackTraceLimit, v8.getHeapStatistics().heap_size_limit], cpus: os.availableParallelism(),
}, null, 1));
"""
