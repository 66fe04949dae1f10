"""Finds out whether this engine and kernel can run programs in nested sandboxes.

A host may lack user namespaces, or a security module may forbid the supervisor to mount. Then a slot does
not boot, and its supervisor says at which step. Where one boots, two attacks in a row show that it holds.
Where zygotes are asked for, it also finds out whether each language has one (`_with_zygotes`).
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from ..cancellation import Cancellation
from ..choices import limits_of, offered
from ..conf import config
from ..errors import EngineError, EngineUnavailable, ImageMissing, NameTaken
from ..languages import DEFAULT_LANGUAGE, LANGUAGES
from ..owner import this_process
from ..runs import Lane, RunRequest
from . import apparmor, engine
from .container import Sandbox
from .output import Output
from .spec import container_spec

Start = Callable[[dict[str, Any], float], Sandbox]
"""Starts a sandbox of this spec whose runtime boots within this number of seconds."""
Remove = Callable[[Sandbox], object]
TRIES = 20
"""User ids to try; each that is taken belongs to a running sandbox."""
OUTPUT_BYTES = 4096
START = "start"
"""The step that a slot did not get past without saying at which one it failed."""
SETTLE = "settle"
"""The step that waits until a slot is ready for another run."""
SETTLE_SECONDS = 10
FORK = "fork"
"""The step that lets a zygote fork programs. Without it a slot boots the runtime for each."""
FAILED_STEP = re.compile(r"supervisor: nest: (.+): ([^:\n]+)")
NO_ZYGOTE = re.compile(r"supervisor: fork: no zygote[^:]*:(.*)", re.DOTALL)
REASON_CHARACTERS = 200
"""How much is kept of what a runtime says when it does not boot; the log has all."""
NOT_LOADED = "the profiles of slots are not loaded (scripts/apparmor loads them)"
ATTACK = dedent(
    """
    import ctypes, os, platform, signal, socket
    libc = ctypes.CDLL(None, use_errno=True)
    def attempt(what, works):
        try:
            if works(): print("BREACH:", what)
        except OSError: pass
    def clone(flags):
        number = 56 if platform.machine() == "x86_64" else 220
        child = libc.syscall(number, flags | signal.SIGCHLD, 0, 0, 0, 0)
        if child == 0: os._exit(0)
        return child > 0
    found = [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())]
    attempt("another process", lambda: found)
    attempt("another run's file", lambda: os.listdir("/tmp") or os.listdir("/dev/shm"))
    attempt("another run's socket", lambda: "@left" in open("/proc/net/unix").read())
    attempt("a mount", lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0)
    attempt("a namespace", lambda: clone(0x10000000))  # of users, in which it would have every power
    attempt("the first process", lambda: open("/proc/1/environ").read())
    attempt("the kernel's settings", lambda: open("/proc/sys/net/core/somaxconn", "w"))
    attempt("a masked file", lambda: open("/proc/keys").read())
    attempt("powers", lambda: int(open("/proc/self/status").read().split("CapBnd:")[1].split()[0], 16))
    for place in ("/tmp", "/dev/shm"): open(place + "/left", "w").write("x" * 1000000)
    left = socket.socket(socket.AF_UNIX)
    left.bind("\\0left")
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.setsid()
        signal.pause()
    print("held")
    """
).lstrip()
"""Tries what a nested sandbox must stop, and leaves behind what the next run must not find."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """The lane that this machine can offer, and why it is not the faster one."""

    lane: Lane
    """ "slot" if a slot has stopped two attacks in a row, else "container"."""
    step: str = ""
    """What failed: a step of making the nested sandbox, such as "/proc", or "apparmor", START,
    "attack" or SETTLE; in the lane "slot", FORK. Empty if nothing did."""
    reason: str = ""
    """What the system said about it, for the operator."""


def probe(start: Start = Sandbox.start, remove: Remove = Sandbox.destroy) -> Probe:
    """Find out which lane this machine can offer. It takes a second, and one more for each zygote. Raises
    EngineUnavailable or ImageMissing if nothing can be found out. A pool has its own ways to start and
    remove a sandbox."""
    try:
        sandbox = _start(start, DEFAULT_LANGUAGE)
    except (EngineUnavailable, ImageMissing):
        raise
    except EngineError as error:
        return why_not_nested(error)
    try:
        found = _attack(sandbox)
    finally:
        remove(sandbox)
    if found.lane == "slot" and config().boot == "fork":
        return _with_zygotes(start, remove)
    return found


def _with_zygotes(start: Start, remove: Remove) -> Probe:
    """Find the first language whose programs are not forked although they should be.

    Languages that share an image share the zygote's program too, so one of them is tried. A language
    whose slot does not start or run is passed over: nothing of it is slower then, and its callers, the
    pool's log and the check of the images say so. An engine that goes away takes nothing back: the
    attacks have shown that slots hold.
    """
    tried = set()
    for slug, language in offered().items():
        if not language.zygote_processes or language.image in tried:
            continue
        tried.add(language.image)
        try:
            reason = _why_no_zygote(start, remove, slug)
        except EngineUnavailable:
            break
        except EngineError:
            continue
        if reason:
            return Probe(lane="slot", step=FORK, reason=f"{slug}: {reason}")
    return Probe(lane="slot")


def _why_no_zygote(start: Start, remove: Remove, slug: str) -> str:
    """Run an empty program, before and after which the zygote forks; return what kept it from that.

    Only the supervisor's own word counts. A slot that is not ready again in time proves nothing: the
    machine may be busy.
    """
    sandbox = _start(start, slug)
    try:
        request = RunRequest(code="", language=slug, limits=limits_of(LANGUAGES[slug]))
        sandbox.run(request, Output(OUTPUT_BYTES, lambda event: None), Cancellation())
        sandbox.settle(SETTLE_SECONDS)  # until it is over, the supervisor may say it
        if found := NO_ZYGOTE.search(sandbox.channel.complaint):
            return " ".join(found[1].split())[:REASON_CHARACTERS] or "its boot failed"
        return ""
    finally:
        remove(sandbox)


def why_not_nested(error: EngineError) -> Probe:
    """Name the step that kept a slot from starting: START if nobody has said at which one it failed."""
    said = str(error)
    if found := FAILED_STEP.search(said):
        step, reason = found.groups()
    elif f"{apparmor.WORD} profile" in said:
        step, reason = apparmor.WORD, f"{NOT_LOADED}: {said}"
    else:
        step, reason = START, said
    return Probe(lane="container", step=step, reason=reason)


def _attack(sandbox: Sandbox) -> Probe:
    for run in (1, 2):
        output = Output(OUTPUT_BYTES, lambda event: None)
        request = RunRequest(code=ATTACK, language=DEFAULT_LANGUAGE, limits=config().limits)
        sandbox.run(request, output, Cancellation())
        if output.stdout.text != "held\n":
            said = f"{output.stdout.text}{output.stderr.text}".strip() or "nothing"
            return Probe(lane="container", step="attack", reason=f"run {run} printed {said}")
        if run == 1 and not sandbox.settle(SETTLE_SECONDS):
            reason = sandbox.channel.complaint or "not ready for another run"
            return Probe(lane="container", step=SETTLE, reason=reason)
    return Probe(lane="slot")


def _start(start: Start, slug: str) -> Sandbox:
    """Start a slot that belongs to nobody."""
    settings, language = config(), LANGUAGES[slug]
    image = engine.image(f"{settings.image_prefix}-{language.image}")["Id"]
    for _ in range(TRIES):
        spec = container_spec(
            language,
            limits_of(language),
            image=image,
            instance=settings.instance,
            owner=this_process(),
            runtime=settings.runtime,
            uid=secrets.choice(settings.uids),
            nested=True,
            forks=settings.boot == "fork",
        )
        try:
            return start(spec, language.boot_seconds)
        except NameTaken:
            continue
    raise EngineError("no user id is free: give EXECUTOR_UIDS a larger range")
