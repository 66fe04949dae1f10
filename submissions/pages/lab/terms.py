"""The glossary: terms of the site, and where those of the lab occur in a text.

`manage.py document_glossary` writes docs/glossary.md from it.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A word that a student may not know."""

    slug: str
    name: str
    means: str
    """What it means, in one to three sentences."""
    words: tuple[str, ...]
    """How it occurs in the lab's texts, in small letters; empty for a word that no text links."""


def _term(slug: str, name: str, means: str, *words: str) -> Term:
    return Term(slug=slug, name=name, means=means, words=words or (name.lower(),))


def _general(slug: str, name: str, means: str) -> Term:
    """Make a term that is too common to be a link wherever it stands."""
    return Term(slug=slug, name=name, means=means, words=())


TERMS = (
    _general(
        "ablation",
        "Ablation",
        "An experiment that weakens or removes one part to see what it did. Here: an attack is run again"
        " with one layer weakened.",
    ),
    _term(
        "att-ck",
        "ATT&CK",
        "A public catalogue by MITRE of what attackers do. Each technique has a number, such as T1611:"
        " escape to the host.",
    ),
    _general(
        "audit-log",
        "Audit log",
        "The record of every run and of changes by staff. Each entry contains a hash of the one before,"
        " so a later change shows.",
    ),
    _term(
        "breach",
        "Breach",
        "The attack got something that it should not have. In a full sandbox that would be a serious bug."
        " In a weakened one it shows what the weakened layer is good for.",
    ),
    _term(
        "capability",
        "Capability",
        "One of root's powers by itself, such as mounting a file system or opening raw sockets. Programs"
        " here have none of them.",
        "capability",
        "capabilities",
    ),
    _term(
        "contained",
        "Contained",
        "The attack reached its point, and a layer stopped it.",
    ),
    _general(
        "compile-error",
        "Compile error",
        "The program could not be read, mostly because of a syntax error, so none of it ran.",
    ),
    _term(
        "container",
        "Container",
        "Ordinary processes that the kernel shows only a part of the machine: their own files, processes"
        " and network. All containers share one kernel.",
    ),
    _term(
        "cgroup",
        "Control group (cgroup)",
        "A group of processes whose memory, CPU time and number the kernel counts and limits together.",
        "control group",
        "control groups",
        "cgroup",
    ),
    _term(
        "core-dump",
        "Core dump",
        "A copy of a crashed program's memory. The kernel writes it to a file, or hands it to a program"
        " on the host.",
        "core dump",
        "core dumps",
        "core_pattern",
    ),
    _term(
        "cve",
        "CVE",
        "The public number of one known vulnerability, such as CVE-2019-5736.",
    ),
    _term(
        "cwe",
        "CWE",
        "The public number of a kind of weakness, such as CWE-400: uncontrolled use of a resource.",
    ),
    _general(
        "dialect",
        "Dialect",
        "The addresses and messages of another service that runs code, such as Piston. Clients of that"
        " service work here with them.",
    ),
    _general(
        "engine",
        "Engine",
        "Docker's background program. It creates, starts and removes the containers.",
    ),
    _general(
        "environment",
        "Environment",
        "A language with packages, such as Python with numpy and pandas.",
    ),
    _general(
        "evidence",
        "Evidence",
        "Numbers from the kernel and the service that show how a run ended. A program can't change them.",
    ),
    _general(
        "exit-code",
        "Exit code",
        "The number with which a program ends. 0 means success.",
    ),
    _term(
        "file-descriptor",
        "File descriptor",
        "The number under which a process uses an open file or connection.",
        "descriptor",
        "descriptors",
        "file descriptors",
    ),
    _term(
        "fork",
        "Fork",
        "The call that starts a copy of a process: the child.",
        "fork",
    ),
    _general(
        "fork-bomb",
        "Fork bomb",
        "A program that starts copies of itself without end.",
    ),
    _general(
        "hint",
        "Hint",
        "What an error usually means and what to do, in one or two sentences below the message.",
    ),
    _term(
        "inconclusive",
        "Inconclusive",
        "The attack did not reach its point, so the run proves nothing. Run it again.",
    ),
    _term(
        "inode",
        "Inode",
        "The entry of a file in its file system. A file system has room for a fixed number of them.",
        "inode",
        "inodes",
        "nr_inodes",
    ),
    _general(
        "interactive-run",
        "Interactive run",
        "A run that takes input while it runs. It may take longer, and ends if nothing happens for a"
        " while.",
    ),
    _term(
        "io-uring",
        "io_uring",
        "An interface for fast input and output. A program puts requests into shared memory, and the"
        " kernel carries them out.",
    ),
    _term(
        "layer",
        "Layer",
        "One measure that stands between a program and the machine. There are several, so one bug is not"
        " enough.",
        "layer",
        "layers",
    ),
    _term(
        "namespace",
        "Namespace",
        "A process's own view of the machine: its processes, network, users or files. What is outside"
        " cannot be named inside.",
        "namespace",
        "namespaces",
    ),
    _term(
        "no-new-privs",
        "no_new_privs",
        "A switch of a process: no program that it starts gains more rights, not even a setuid program.",
    ),
    _term(
        "oom-kill",
        "oom_kill",
        "The kernel's counter of processes that it killed because their group was out of memory.",
        "oom_kill",
        "oom_kills",
    ),
    _term(
        "page-cache",
        "Page cache",
        "Memory in which the kernel keeps the contents of files, for all processes together.",
    ),
    _term(
        "pid-1",
        "PID 1",
        "The first process of a namespace. When it ends, the kernel kills all others in there. Here it is"
        " the supervisor.",
    ),
    _term(
        "pids-max",
        "pids.max",
        "The kernel's limit on the processes and threads of a control group.",
        "pids.max",
    ),
    _general(
        "place",
        "Place",
        "The right to run one program now. A machine has a fixed number.",
    ),
    _term(
        "proc",
        "/proc",
        "A directory in which the kernel shows processes and its own state as files.",
        "/proc",
    ),
    _term(
        "ptrace",
        "ptrace",
        "The call by which a debugger reads and controls another process.",
    ),
    _general(
        "queue",
        "Queue",
        "Where runs wait for a free place. The next one is from the person who has used least lately.",
    ),
    _general(
        "read-only-root",
        "Read-only root",
        "A file system that no program in the container can change.",
    ),
    _term(
        "reap",
        "Reap",
        "To ask the kernel how a child process ended. Until then the kernel keeps the child as a zombie.",
        "reap",
        "reaps",
    ),
    _term(
        "root",
        "Root",
        "The user with the id 0, who may do almost everything on a machine.",
        "root",
    ),
    _general(
        "run",
        "Run",
        "One program that was run once, with its result.",
    ),
    _term(
        "runc",
        "runc",
        "The program by which Docker starts a container. It runs as root on the host.",
    ),
    _term(
        "seccomp",
        "seccomp",
        "The kernel's filter of system calls: a list of those that a program may make.",
        "seccomp",
        "the filter",
    ),
    _general(
        "self-check",
        "Self-check",
        "The attacks that the service runs against itself, at start-up and every ten minutes.",
    ),
    _general(
        "session",
        "Session",
        "Runs of one person, each of which begins with the variables, functions, classes and imports that"
        " the last one has left.",
    ),
    _term(
        "setuid",
        "Setuid program",
        "A program that runs with its owner's rights, mostly root's, no matter who starts it.",
        "setuid",
    ),
    _term(
        "signal",
        "Signal",
        "A short message to a process. SIGTERM (15) asks it to end. SIGKILL (9) ends it at once;"
        " a program cannot catch it.",
        "signal",
        "signals",
        "sigterm",
        "sigkill",
    ),
    _general(
        "slot",
        "Slot",
        "A container that serves one person's runs, one after another, each in a fresh sandbox inside.",
    ),
    _term(
        "socket",
        "Socket",
        "One end of a connection to another machine, or to another process on the same machine.",
        "socket",
        "sockets",
    ),
    _general(
        "streams",
        "stdin, stdout, stderr",
        "The streams of a program: its input, its output and its error messages.",
    ),
    _term(
        "supervisor",
        "Supervisor",
        "Our own program in the sandbox. It starts yours, measures it, ends it and reports how it ended.",
    ),
    _term(
        "swap",
        "Swap",
        "Disk space that the kernel uses as slow extra memory.",
    ),
    _term(
        "system-call",
        "System call",
        "A request of a program to the kernel: to open a file, to start a process, to send data.",
        "system call",
        "system calls",
    ),
    _term(
        "tmpfs",
        "tmpfs",
        "A file system in memory. It disappears with the sandbox.",
    ),
    _general(
        "type",
        "Type",
        "The kind of a value, such as a number or a string. A TypeScript program names the types of its"
        " values. Here they are removed before it runs, and nothing checks them.",
    ),
    _term(
        "user-id",
        "User id",
        "The number by which the kernel knows a user. Each sandbox has one that no user of the host has.",
        "user id",
    ),
    _general(
        "verdict",
        "Verdict",
        "How a run ended, in a word or two, such as “Time limit exceeded”.",
    ),
    _term(
        "zombie",
        "Zombie",
        "A process that has ended and whose parent has not yet reaped it.",
        "zombie",
        "zombies",
    ),
)
BY_SLUG = {term.slug: term for term in TERMS}
WORDS = {word: term for term in TERMS for word in term.words}
_LONGEST_FIRST = sorted(WORDS, key=len, reverse=True)
PATTERN = re.compile(
    r"`(?P<code>[^`]+)`|(?<![\w./-])(?P<word>"
    + "|".join(map(re.escape, _LONGEST_FIRST))
    + r")(?![\w-])",
    re.IGNORECASE,
)
"""Code in backticks, or a word of the glossary. For our own short texts only."""


def terms_in(*texts: str) -> list[Term]:
    """List the terms that occur in texts, in the order of the glossary."""
    found = {
        WORDS[match["word"].lower()]
        for text in texts
        for match in PATTERN.finditer(text)
        if match["word"]
    }
    return [term for term in TERMS if term in found]
