"""The filter's rules on arguments: each call as the kernel sees it, from inside a real sandbox.

One program makes all calls of a table and prints each answer. What the filter refuses is EPERM; any other
answer, an error too, comes from the kernel. No call takes more than a unix socket, a file and a page, so
that nothing else decides.
"""

import json
import platform
from typing import Any

import pytest

from executor import RunRequest, Verdict, default_limits, execute
from executor.sandbox.spec import SECCOMP_PROFILE

pytestmark = pytest.mark.docker

NUMBERS = {
    "x86_64": {
        "fdatasync": 75, "fsync": 74,
        "fadvise64": 221, "fcntl": 72, "getsockopt": 55, "ioctl": 16, "madvise": 28, "membarrier": 324,
        "memfd_create": 319, "mknod": 133, "mknodat": 259, "mmap": 9, "prctl": 157, "preadv2": 327,
        "prlimit64": 302, "pwritev2": 328, "readahead": 187, "recvfrom": 45, "recvmmsg": 299,
        "recvmsg": 47, "sched_setaffinity": 203, "sendmmsg": 307, "sendmsg": 46, "sendto": 44,
        "setpriority": 141, "setrlimit": 160, "setsockopt": 54,
    },
    "aarch64": {
        "fdatasync": 83, "fsync": 82,
        "fadvise64": 223, "fcntl": 25, "getsockopt": 209, "ioctl": 29, "madvise": 233,
        "membarrier": 283, "memfd_create": 279, "mknodat": 33, "mmap": 222, "prctl": 167,
        "preadv2": 286, "prlimit64": 261, "pwritev2": 287, "readahead": 213, "recvfrom": 207,
        "recvmmsg": 243, "recvmsg": 212, "sched_setaffinity": 122, "sendmmsg": 269, "sendmsg": 211,
        "sendto": 206, "setpriority": 140, "setrlimit": 164, "setsockopt": 208,
    },
}[platform.machine()]  # fmt: skip
HIGH = 1 << 32
"""The filter sees 64 bits of an argument, the kernel 32 of an int: to it, this is 0."""
BAD = 1
"""An address that does not exist: the kernel answers EFAULT, after its earlier checks."""

SOCKET, FILE, PAGE = "socket", "file", "page"
"""Placeholders for a descriptor, a descriptor and an address in the program."""


def fcntl(command: int) -> tuple[str, str, int, str]:
    return ("fcntl", FILE, command, PAGE)


def ioctl(request: int) -> tuple[str, str, int, str]:
    return ("ioctl", FILE, request, PAGE)


def prctl(option: int, *arguments: Any) -> Any:
    return ("prctl", option, *arguments)


def setsockopt(level: int, option: int) -> tuple[str, str, int, int, int, int]:
    return ("setsockopt", SOCKET, level, option, BAD, 4)


def getsockopt(level: int, option: int) -> tuple[str, str, int, int, int, int]:
    return ("getsockopt", SOCKET, level, option, BAD, BAD)


def mmap(flags: int) -> tuple[str, int, int, int, int, int, int]:
    return ("mmap", 0, 4096, 3, flags, -1, 0)


def madvise(advice: int) -> tuple[str, str, int, int]:
    return ("madvise", PAGE, 4096, advice)


def limit(resource: int, process: int = 0, new: int = BAD) -> tuple[str, int, int, int, int]:
    return ("prlimit64", process, resource, new, 0)


def flags(value: int) -> list[tuple[str | int, ...]]:
    """Make a row for every call that sends or receives."""
    return [
        ("sendto", SOCKET, BAD, 1, value, 0, 0),
        ("recvfrom", SOCKET, BAD, 1, value, 0, 0),
        ("sendmsg", SOCKET, BAD, value),
        ("recvmsg", SOCKET, BAD, value),
        ("sendmmsg", SOCKET, BAD, 1, value),
        ("recvmmsg", SOCKET, BAD, 1, value, 0),
    ]


DONTWAIT = 0x40
PRIVATE, ANONYMOUS, NORESERVE, HUGETLB = 0x02, 0x20, 0x4000, 0x40000

ALLOWED = {
    # F_DUPFD … F_SETFL, locks, F_DUPFD_CLOEXEC, pipe sizes, seals.
    **{f"fcntl {n}": fcntl(n) for n in (*range(8), *range(1030, 1035))},
    # To the kernel no other number than without it.
    "fcntl F_GETFD and a high bit": fcntl(1 + HIGH),
    # TCGETS, TCGETS2, TIOCGPGRP, TIOCOUTQ, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FICLONE.
    **{
        f"ioctl {n:#x}": ioctl(n)
        for n in (0x5401, 0x802C542A, 0x540F, 0x5411, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409)
    },
    # The three of a seccomp listener, which only the supervisor has.
    **{f"ioctl {n:#x}": ioctl(n) for n in (0xC0502100, 0xC0182101, 0x40082104)},
    # SIOCGIFNAME, CONF, FLAGS, ADDR, BRDADDR, NETMASK, INDEX.
    **{
        f"ioctl {n:#x}": ("ioctl", SOCKET, n, BAD)
        for n in (0x8910, 0x8912, 0x8913, 0x8915, 0x8919, 0x891B, 0x8933)
    },
    # PR_GET_PDEATHSIG, DUMPABLE, KEEPCAPS, SECCOMP, CAPBSET_READ, TIMERSLACK,
    # CHILD_SUBREAPER, NO_NEW_PRIVS, THP_DISABLE, PR_SVE_GET_VL.
    **{f"prctl {n}": prctl(n, PAGE) for n in (2, 3, 7, 21, 23, 30, 37, 39, 42, 51)},
    "prctl PR_SET_TIMERSLACK": prctl(29, 50000),
    "prctl PR_SET_THP_DISABLE": prctl(41, 0),
    "prctl PR_SET_PDEATHSIG": prctl(1, 0),
    "prctl PR_SET_DUMPABLE": prctl(4, 1),
    "prctl PR_SET_NAME": prctl(15, PAGE),
    "prctl PR_GET_NAME": prctl(16, PAGE),
    "prctl PR_SET_CHILD_SUBREAPER": prctl(36, 0),
    "prctl PR_SET_NO_NEW_PRIVS": prctl(38, 1),
    # SO_REUSEADDR, BROADCAST, SNDBUF, RCVBUF, KEEPALIVE, LINGER, REUSEPORT, PASSCRED, RCVLOWAT, timeouts.
    **{
        f"setsockopt SOL_SOCKET {n}": setsockopt(1, n)
        for n in (2, 6, 7, 8, 9, 13, 15, 16, 18, 20, 21, 66, 67)
    },
    # IP_TOS, TTL, MULTICAST_IF, MULTICAST_TTL, MULTICAST_LOOP.
    **{f"setsockopt IP {n}": setsockopt(0, n) for n in (1, 2, 32, 33, 34)},
    # IPV6 hops, the same of multicast, V6ONLY, TCLASS.
    **{f"setsockopt IPv6 {n}": setsockopt(41, n) for n in (16, 17, 18, 19, 26, 67)},
    # TCP_NODELAY … SYNCNT, LINGER2, DEFER_ACCEPT, WINDOW_CLAMP, QUICKACK, USER_TIMEOUT.
    **{f"setsockopt TCP {n}": setsockopt(6, n) for n in (*range(1, 11), 12, 18)},
    # SO_ERROR, SO_PEERCRED, SO_DOMAIN; TCP_INFO; IP_TTL; IPV6_V6ONLY, IPV6_TCLASS.
    **{
        f"getsockopt {level} {n}": getsockopt(level, n)
        for level, n in ((1, 4), (1, 17), (1, 39), (6, 11), (0, 2), (41, 26), (41, 67))
    },
    "mmap": mmap(PRIVATE | ANONYMOUS),
    "memfd_create": ("memfd_create", PAGE, 1),
    # MADV_NORMAL … DONTNEED, FREE … DOFORK, HUGEPAGE, NOHUGEPAGE, DONTDUMP … KEEPONFORK, POPULATE, GUARD.
    **{
        f"madvise {n}": madvise(n)
        for n in (*range(5), 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23, 102, 103)
    },
    # QUERY, PRIVATE_EXPEDITED after its registration.
    **{f"membarrier {n}": ("membarrier", n, 0, 0) for n in (0, 16, 8)},
    **{f"prlimit64 {n}": limit(n) for n in (*range(4), *range(5, 16))},
    "prlimit64, reading RLIMIT_CORE": limit(4, new=0),
    **{f"setrlimit {n}": ("setrlimit", n, BAD) for n in (*range(4), *range(5, 16))},
    "sched_setaffinity": ("sched_setaffinity", 0, 8, BAD),
    "setpriority": ("setpriority", 0, 0, 0),
    **{f"{call[0]} MSG_DONTWAIT": call for call in flags(DONTWAIT)},
    "preadv2": ("preadv2", FILE, BAD, 1, 0, 0, 0),
    "pwritev2 RWF_SYNC": ("pwritev2", FILE, BAD, 1, 0, 0, 4),
    "mknod of a named pipe": ("mknod", BAD, 0o010600, 0),
    "mknodat of a named pipe": ("mknodat", -100, BAD, 0o010600, 0),
}  # fmt: skip

REFUSED = {
    # F_SETOWN, F_SETSIG, F_SETLEASE, F_NOTIFY (dnotify), and numbers that there are not.
    **{f"fcntl {n}": fcntl(n) for n in (8, 10, 15, 1024, 1026, 1029, 1035, 1026 + HIGH)},
    # TIOCSTI, TIOCSCTTY, TIOCLINUX, FIOASYNC, FS_IOC_SETFLAGS, SIOCSIFFLAGS, SIOCETHTOOL, KVM's first.
    **{
        f"ioctl {n:#x}": ioctl(n)
        for n in (0x5412, 0x540E, 0x541C, 0x5452, 0x40086602, 0x8914, 0x8946, 0xAE00, 0x5401 + HIGH)
    },
    # PR_SET_KEEPCAPS, SECCOMP, TSC, MCE_KILL, SET_MM, CAP_AMBIENT, SCHED_CORE, MEMORY_MERGE, SET_VMA,
    # SET_PTRACER.
    # The second numbers let the program continue if the call gets through.
    **{
        f"prctl {n:#x}": prctl(n, second)
        for n, second in (
            (8, 0), (22, 2), (22 + HIGH, 2), (26, 1), (33, 0), (35, 1), (47, 1), (62, 0), (67, 0),
            (0x53564D41, 0), (0x59616D61, 0),
        )
    },
    # SO_DEBUG, OOBINLINE, PRIORITY, ATTACH_FILTER, TIMESTAMP, SNDBUFFORCE, LOCK_FILTER, ATTACH_BPF,
    # ATTACH_REUSEPORT_*, ZEROCOPY.
    **{
        f"setsockopt SOL_SOCKET {n}": setsockopt(1, n)
        for n in (
            1, 10, 12, 26, 27, 29, 32, 33, 35, 37, 44, 50, 51, 52, 60, 26 + HIGH, 50 + HIGH
        )
    },
    "setsockopt SOL_SOCKET by another number 26": setsockopt(1 + HIGH, 26),
    # IP_OPTIONS, memberships, IP_MSFILTER, MCAST_*, IPT_SO_SET_REPLACE.
    **{f"setsockopt IP {n}": setsockopt(0, n) for n in (4, *range(35, 49), 64, 4 + HIGH, 35 + HIGH)},
    # IPV6_ADDRFORM, JOIN_GROUP … ANYCAST, XFRM_POLICY, MCAST_*, IP6T_SO_SET_REPLACE.
    **{
        f"setsockopt IPv6 {n}": setsockopt(41, n)
        for n in (1, 20, 21, 22, 27, 28, 35, *range(42, 49), 64, 20 + HIGH)
    },
    # TCP_CONGESTION, MD5SIG, REPAIR, FASTOPEN, ULP.
    **{f"setsockopt TCP {n}": setsockopt(6, n) for n in (13, 14, 19, 23, 31, 31 + HIGH)},
    # UDP_CORK, UDP_ENCAP; SCTP, netlink, ALG.
    **{
        f"setsockopt level {level}": setsockopt(level, n)
        for level, n in ((17, 1), (17, 100), (132, 1), (270, 1), (279, 1), (17 + HIGH, 100))
    },
    # TCP_ZEROCOPY_RECEIVE, IPT_SO_GET_INFO, IP6T_SO_GET_INFO, UDP_ENCAP.
    **{
        f"getsockopt {level} {n}": getsockopt(level, n)
        for level, n in ((6, 35), (0, 64), (41, 64), (17, 100), (1 + HIGH, 4))
    },
    # Without NORESERVE the answer would depend on how many the host has.
    "mmap MAP_HUGETLB": mmap(PRIVATE | ANONYMOUS | NORESERVE | HUGETLB),
    "mmap MAP_HUGETLB of 1 GiB": mmap(PRIVATE | ANONYMOUS | NORESERVE | HUGETLB | 30 << 26),
    "mmap MAP_HUGETLB and a high bit": mmap(PRIVATE | ANONYMOUS | NORESERVE | HUGETLB | HIGH),
    "memfd_create MFD_HUGETLB": ("memfd_create", PAGE, 4),
    "memfd_create MFD_HUGETLB and a high bit": ("memfd_create", PAGE, 5 + HIGH),
    # MADV_MERGEABLE, UNMERGEABLE, COLD, PAGEOUT, COLLAPSE, HWPOISON, SOFT_OFFLINE.
    **{f"madvise {n}": madvise(n) for n in (12, 13, 20, 21, 25, 100, 101, 21 + HIGH)},
    # GLOBAL, GLOBAL_EXPEDITED and its registration.
    **{f"membarrier {n}": ("membarrier", n, 0, 0) for n in (1, 2, 4)},
    "prlimit64 RLIMIT_CORE": limit(4),
    "prlimit64 RLIMIT_CORE by another number": limit(4 + HIGH),
    "prlimit64 of a number that there is not": limit(16),
    "prlimit64 of the supervisor": limit(7, process=1),
    "prlimit64 of the supervisor, reading": limit(7, process=1, new=0),
    "setrlimit RLIMIT_CORE": ("setrlimit", 4, BAD),
    "setrlimit RLIMIT_CORE by another number": ("setrlimit", 4 + HIGH, BAD),
    "sched_setaffinity of the supervisor": ("sched_setaffinity", 1, 8, BAD),
    "setpriority of the supervisor": ("setpriority", 0, 1, 19),
    **{f"{call[0]} MSG_OOB": call for call in flags(DONTWAIT | 1)},
    **{f"{call[0]} MSG_OOB and a high bit": call for call in flags(HIGH + DONTWAIT + 1)},
    # RWF_NOWAIT, RWF_DONTCACHE.
    **{f"preadv2 {n}": ("preadv2", FILE, BAD, 1, 0, 0, n) for n in (8, 128, 8 + HIGH)},
    "pwritev2 128": ("pwritev2", FILE, BAD, 1, 0, 0, 128),
    "mknod of a block device": ("mknod", BAD, 0o060600, 0x800),
    "mknod of a character device": ("mknod", BAD, 0o020600, 0x101),
    "mknod of a socket": ("mknod", BAD, 0o140600, 0),
    "mknodat of a block device": ("mknodat", -100, BAD, 0o060600, 0x800),
    "mknodat of a character device": ("mknodat", -100, BAD, 0o020600 + HIGH, 0x101),
}  # fmt: skip
# The kernel refuses these by itself: a capability is missing, or PID 1 is not dumpable.
REFUSED_BY_THE_KERNEL_TOO = {
    "madvise 100",
    "madvise 101",
    "prctl 0x23",
    "prlimit64 of the supervisor",
    "prlimit64 of the supervisor, reading",
    "sched_setaffinity of the supervisor",
}

SWALLOWED = {
    "fadvise64 POSIX_FADV_DONTNEED": ("fadvise64", FILE, 0, 0, 4),
    "fadvise64 of no file": ("fadvise64", -1, 0, 0, 4),  # so the kernel, which would object, is not asked
    "readahead of no file": ("readahead", -1, 0, 0),
    "fsync of no file": ("fsync", -1),
    "fdatasync of no file": ("fdatasync", -1),
}  # fmt: skip
OLD_KERNEL = {f"fcntl {n}": fcntl(n) for n in (36, 37, 38)}
"""F_OFD_*: the answer is that of a kernel without them."""

ELSEWHERE = {"clone", "clone3", "personality", "seccomp", "socket", "socketpair"}
"""Calls with their own attacks: namespaces-by-clone, all-other-syscalls, odd-sockets, odd-protocols.
The call seccomp is the supervisor's, whose own filter refuses it to programs."""

PROGRAM = """
import ctypes, errno, json, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)
unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
file = os.open("/tmp/x", os.O_RDWR | os.O_CREAT)
pages = []
def answer(number, *arguments):
    pages.append(mmap.mmap(-1, 4096))  # a new one for each: some advice ends its use
    page = ctypes.addressof(ctypes.c_char.from_buffer(pages[-1]))
    known = {"socket": unix.fileno(), "file": file, "page": page}
    given = [ctypes.c_long(known.get(a, a)) for a in (*arguments, 0, 0, 0, 0, 0)[:6]]
    ctypes.set_errno(0)
    if libc.syscall(ctypes.c_long(number), *given) != -1: return "0"
    return errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))
print(json.dumps({name: answer(*call) for name, call in json.loads(input()).items()}))
"""


def there(calls: Any) -> Any:
    """Return the calls of this architecture, by number."""
    return {
        name: (NUMBERS[call], *arguments)
        for name, (call, *arguments) in calls.items()
        if call in NUMBERS
    }


def answers(calls: Any, ablation: str = "") -> Any:
    """Return the answers of the kernel or the filter, by the call's name."""
    done = execute(
        RunRequest(
            code=PROGRAM, stdin=json.dumps(there(calls)), ablation=ablation, limits=default_limits()
        )
    )
    assert done.verdict is Verdict.OK, done
    return json.loads(done.stdout)


def test_allowed_arguments_reach_the_kernel() -> None:
    told = answers(ALLOWED)
    assert {name for name, answer in told.items() if answer == "EPERM"} == set()


def test_refused_arguments_do_not_reach_the_kernel() -> None:
    told = answers(REFUSED)
    assert {name: answer for name, answer in told.items() if answer != "EPERM"} == {}


def test_advice_on_the_page_cache_and_for_the_disk_is_taken_and_not_followed() -> None:
    assert set(answers(SWALLOWED).values()) == {"0"}


def test_locks_of_an_open_file_are_unknown() -> None:
    assert set(answers(OLD_KERNEL).values()) == {"EINVAL"}
    assert "EINVAL" not in answers(OLD_KERNEL, ablation="seccomp").values()


@pytest.mark.xdist_group("sabotage")
def test_without_the_filter_the_refused_arguments_reach_the_kernel() -> None:
    """So the filter refuses them, and no other argument of the call does."""
    told = answers(REFUSED, ablation="seccomp")
    refused = {name for name, answer in told.items() if answer == "EPERM"}
    assert refused <= REFUSED_BY_THE_KERNEL_TOO
    assert set(answers(SWALLOWED, ablation="seccomp").values()) == {"0", "EBADF"}


RULES = [rule for rule in json.loads(SECCOMP_PROFILE)["syscalls"] if rule.get("args")]


def allows(rule: Any, arguments: Any) -> bool:
    """Return whether a rule allows the arguments: all its conditions hold, on 64 bits."""
    known = [argument if isinstance(argument, int) else 1 << 20 for argument in arguments]
    known = [number % 2**64 for number in [*known, 0, 0, 0, 0, 0, 0]]
    return all(
        known[one["index"]] & one["value"] == one["valueTwo"]
        if one["op"] == "SCMP_CMP_MASKED_EQ"
        else known[one["index"]] == one["value"]
        for one in rule["args"]
    )


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        pytest.param(call, rule, id=f"{call}-{number}")
        for number, rule in enumerate(RULES)
        for call in rule["names"]
        if call not in ELSEWHERE
    ],
)
def test_every_rule_on_arguments_is_in_the_table(call: str, rule: dict[str, Any]) -> None:
    """Without this, a new rule without a line above would be untested."""
    listed = (*ALLOWED.values(), *OLD_KERNEL.values())
    assert any(allows(rule, rest) for name, *rest in listed if name == call)
    assert not any(allows(rule, rest) for name, *rest in REFUSED.values() if name == call)
    assert any(name == call for name, *_ in REFUSED.values())
