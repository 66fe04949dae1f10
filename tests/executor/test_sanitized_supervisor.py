"""The whole supervisor, compiled with sanitizers, as PID 1 of real sandboxes: a fault ends it without a
report. What needs no sandbox is in tests/supervisor/."""

import shutil
from collections.abc import Iterator
from textwrap import dedent
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from docker import APIClient
from docker.utils import kwargs_from_env

from executor import LANGUAGES, Cancellation, Limits, RunRequest, default_limits
from executor.conf import config
from executor.execute import ignore
from executor.files import LeftOut
from executor.images.builder import ImageBuilder
from executor.limits import KiB, MiB
from executor.sandbox.container import Report, Sandbox
from executor.sandbox.engine import STDERR, exit_state, give_all_processors
from executor.sandbox.output import Output
from executor.sandbox.spec import LISTENS_ARGUMENT, LOCKS_ARGUMENT
from tests.support.attacks import CATALOGUE
from tests.support.box_attacks import HOSTILE, INPUTS
from tests.support.feeder import HOLD, STOP, typist
from tests.support.sandboxes import make_spec, processes_of
from tests.support.slots import LEAVE_MEMORY, skip_without_slots, slot, slot_spec
from tests.support.supervisor.harness import SANITIZED, SOURCES, WARNED
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("sanitized")]

# The compiler comes by the same instruction as in the sandbox images, whose result the engine has kept.
DOCKERFILE = """
FROM {base}
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY . /build/
RUN cd /build && gcc {flags} -O1 -g -static-libasan -static-libubsan -static-libgcc -o supervisor *.c
FROM {image}
COPY --from=0 /build/supervisor /sandbox/supervisor
"""
OPTIONS = """
/* Without leaks: an undumpable process cannot be looked at for them. Without a limit of its own for core
 * dumps: a sandbox has one, and may not change it. Without handlers of signals: from its program,
 * the first process of a pid namespace gets those that it has a handler for, and no others. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:disable_coredump=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0";
}
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Build the Python sandbox's image with another supervisor."""
    name, like = f"test-{uuid4().hex[:12]}-python", f"{config().image_prefix}-python"
    place = tmp_path_factory.mktemp("image")
    for source in (*SOURCES.glob("*.c"), *SOURCES.glob("*.h")):
        if source.name != "nss_sandbox.c":
            shutil.copy(source, place)
    (place / "options.c").write_text(OPTIONS)
    base = ImageBuilder(config().image_prefix, print).base(LANGUAGES["python"].suite, renew=False)
    flags = " ".join((*WARNED, *SANITIZED))
    text = DOCKERFILE.format(base=base, flags=flags, image=like)
    (place / "Dockerfile").write_text(text)
    client = APIClient(version="auto", timeout=600, **kwargs_from_env())
    said = list(
        client.build(path=str(place), tag=name, forcerm=True, network_mode="host", decode=True)
    )
    assert not any("error" in message for message in said), said
    yield name
    client.remove_image(name, noprune=True)
    client.close()


@pytest.fixture
def sandbox(image: str, instance: str) -> Iterator[Sandbox]:
    """Start a sandbox in which a run may lock and listen only a few times."""
    spec: dict[str, Any] = make_spec(instance=instance, Image=image)
    command = list(spec["Entrypoint"])
    command[LOCKS_ARGUMENT], command[LISTENS_ARGUMENT] = "100", "10"
    started = Sandbox.start({**spec, "Entrypoint": command})
    yield started
    started.destroy()


def run(
    sandbox: Sandbox, code: str, cancellation: Cancellation | None = None, **more: Any
) -> Report:
    """Run a program in it; the supervisor must report its end."""
    request = RunRequest(**{"code": code, "limits": default_limits(), **more})
    report = sandbox.run(request, Output(64 * KiB, ignore), cancellation or Cancellation())
    assert report.evidence.reported, (str(report.evidence), state(sandbox))
    return report


ENDS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "exit": ("raise SystemExit(7)", {}, {"exit_code": 7}),
    "signal": ("import os; os.kill(os.getpid(), 11)", {}, {"signal": 11}),
    "deadline": ("import time; time.sleep(60)", {"wall_seconds": 0.3}, {"deadline_passed": True}),
    "CPU time": (
        "while True: pass",
        {"cpu_seconds": 0.3, "wall_seconds": 60},
        {"cpu_exhausted": True},
    ),
    # Seldom the kernel kills a second process too, which asked for memory before the first had ended.
    "memory": ("x = 'a' * 10**9", {}, {"signal": 9}),
    "disk": (
        "f = open('/tmp/f', 'wb', 0)\nwhile True: f.write(bytes(2**20))",
        {},
        {"disk_full": True},
    ),
    "orphans": (
        "import os, time\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(60)",
        {},
        {"exit_code": 0, "processes_at_end": 5},
    ),
    "locks": (
        "import fcntl\nf = open('/tmp/f', 'w')\n"
        "try:\n    while True: fcntl.lockf(f, fcntl.LOCK_EX, 1)\n"
        "except OSError as error: raise SystemExit(error.errno)",
        {},
        {"exit_code": 37, "calls_refused": 1},
    ),
    "listeners": (
        "import socket\nkept = []\n"
        "try:\n    while True:\n        kept.append(socket.socket(socket.AF_UNIX))\n"
        "        kept[-1].bind(f'\\0{len(kept)}'); kept[-1].listen()\n"
        "except OSError as error: raise SystemExit(error.errno)",
        {},
        {"exit_code": 105, "calls_refused": 1},
    ),
    "signals to the supervisor": (
        "import os\nfor number in range(1, 65): os.kill(1, number)\nraise SystemExit(7)",
        {},
        {"exit_code": 7},
    ),
    "output without an end": (
        "import socket\na, b = socket.socketpair()\n"
        "socket.send_fds(a, [b'x'], [a.fileno(), b.fileno(), 1, 2])\nraise SystemExit(7)",
        {},
        {"exit_code": 7},
    ),
    "full pipe": (
        "import os; os.set_blocking(1, False)\n"
        "try:\n    while True: os.write(1, bytes(4096))\nexcept BlockingIOError: pass",
        {},
        {"cancelled": False},
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_end_of_any_kind_is_reported(sandbox: Sandbox, end: str) -> None:
    code, limits, expected = ENDS[end]
    evidence = run(sandbox, code, limits=Limits(**limits)).evidence
    assert {name: getattr(evidence, name) for name in expected} == expected
    assert bool(evidence.oom_kills) == (end == "memory")
    assert evidence.counts_calls


@pytest.fixture(params=[False, True], ids=["executed", "forked"])
def nested(image: str, instance: str, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Start a slot, whose supervisor makes a nest for each run."""
    skip_without_slots()
    spec = slot_spec("python", instance=instance, forks=request.param)
    with slot({**spec, "Image": image}) as started:
        yield started


def test_slot_serves_after_ends_that_leave_something(nested: Sandbox) -> None:
    for end in (
        "exit",
        "orphans",
        "output without an end",
        "signals to the supervisor",
    ):
        code, _, expected = ENDS[end]
        evidence = run(nested, code).evidence
        assert {name: getattr(evidence, name) for name in expected} == expected
        assert nested.settle(PATIENCE_SECONDS), nested.channel.complaint


@pytest.mark.parametrize("end", ["signal", "deadline", "memory", "disk"])
def test_slot_reports_an_end_after_which_it_serves_no_more(nested: Sandbox, end: str) -> None:
    run(nested, "1")
    assert nested.settle(PATIENCE_SECONDS), nested.channel.complaint
    code, limits, expected = ENDS[end]
    evidence = run(nested, code, limits=Limits(**limits)).evidence
    assert {name: getattr(evidence, name) for name in expected} == expected
    assert bool(evidence.oom_kills) == (end == "memory")
    assert not nested.settle(PATIENCE_SECONDS)
    assert end_of(nested)[0] == 0


def test_slot_ends_that_does_not_get_its_memory_back(nested: Sandbox) -> None:
    run(nested, dedent(LEAVE_MEMORY))
    assert not nested.settle(PATIENCE_SECONDS)
    assert nested.channel.complaint == "supervisor: settle: Cannot allocate memory"


def test_report_does_not_wait_for_what_the_kernel_still_does(image: str, instance: str) -> None:
    """Without the filter, each of fifty processes looks at 30,000 locks when it ends. The host gives the
    supervisor a processor, as it does for a late one: the others use up the container's. The host
    does not wait for files, which do not come then."""
    spec: dict[str, Any] = make_spec(instance=instance, Image=image)
    spec["HostConfig"]["SecurityOpt"] = ["no-new-privileges=true", "seccomp=unconfined"]
    sandbox = Sandbox.start(spec)
    try:
        code = dedent(CATALOGUE["locks-that-outlast-their-processes"].code)
        output = Output(64 * KiB, lambda event: give_all_processors(sandbox.container_id))
        limits = Limits(wall_seconds=PATIENCE_SECONDS)
        request = RunRequest(code=code, limits=limits, outputs=True)
        report = sandbox.run(request, output, Cancellation())
        assert len(processes_of(sandbox.container_id)) > 10
        assert output.stdout.text.startswith("BREACH"), output.stderr.text
        assert report.evidence.exit_code == 0
        assert report.left_out == LeftOut(lost=1)
    finally:
        eventually(lambda: not processes_of(sandbox.container_id))
        sandbox.destroy()


def test_feeder_counts_before_it_is_killed(sandbox: Sandbox) -> None:
    keyboard, see = typist()
    limits = Limits(wall_seconds=PATIENCE_SECONDS, idle_seconds=PATIENCE_SECONDS)
    request = RunRequest(code=HOLD + STOP, limits=limits)
    report = sandbox.run(request, Output(64 * KiB, see), Cancellation(), keyboard)
    assert report.evidence.exit_code == 0
    assert report.evidence.input_left == 0


def test_fork_bomb_is_reported(sandbox: Sandbox) -> None:
    """Its processes sleep once there can be no more. If they kept the processors busy, a supervisor with
    sanitizers would report too late on a busy machine."""
    code = """
        import os, time
        first = os.getpid()
        try:
            while True: os.fork()
        except OSError:
            if os.getpid() != first: time.sleep(60)
    """
    evidence = run(sandbox, dedent(code)).evidence
    assert evidence.pids_refusals > 0
    assert evidence.processes_at_end > 10


def test_calls_of_several_processes_at_a_time_are_answered(sandbox: Sandbox) -> None:
    """The supervisor kills some of the processes while they wait for its answer."""
    code = (
        "import fcntl, os\nprocesses = [os.fork() for _ in range(3)]\nf = open('/tmp/f', 'w')\n"
        "while True:\n    try: fcntl.lockf(f, fcntl.LOCK_SH, 1)\n    except OSError: pass"
    )
    assert run(sandbox, code, limits=Limits(wall_seconds=1)).evidence.calls_refused > 100


def test_program_at_the_bounds_of_a_request_is_run(sandbox: Sandbox) -> None:
    code = "import sys; raise SystemExit(len(sys.stdin.read()) == 2**24 and len(sys.argv) - 33)"
    args = ("a" * (KiB - 1),) * 32
    padded = code + "#" * (63 * KiB - len(code))
    assert run(sandbox, padded, stdin="x" * 16 * MiB, args=args).evidence.exit_code == 0


@pytest.mark.parametrize(
    "slug", ["links", "hard-links", "odd-names", "deep-folders", "long-paths", "many-folders"]
)
def test_files_are_collected_within_bounds(sandbox: Sandbox, slug: str) -> None:
    """What must come of them is in tests/security/test_files.py."""
    report = run(sandbox, HOSTILE[slug].program, files=INPUTS, outputs=True)
    assert report.evidence.exit_code == 0
    assert not report.left_out.lost


def test_cancellation_is_reported(sandbox: Sandbox) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    assert run(sandbox, "import time; time.sleep(60)", cancellation).evidence.cancelled


def end_of(sandbox: Sandbox) -> tuple[int, bytes]:
    """Return the supervisor's exit code and the sanitizers' messages."""
    complaint, deadline = b"", monotonic() + PATIENCE_SECONDS
    while piece := sandbox.attachment.receive(deadline):
        stream, data = piece
        complaint += data if stream == STDERR else b""
    eventually(lambda: not state(sandbox)["Running"])
    return state(sandbox)["ExitCode"], complaint


def state(sandbox: Sandbox) -> dict[str, Any]:
    found = exit_state(sandbox.container_id)
    assert found
    return found


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"\n", b"Bad message"),
        (b"\0" * 100 + b"\n", b"Bad message"),
        (b"RUN 1 1000 1000 1 0 0 0 0 0 0 0 0 0\n", b"Bad message"),
        (b"RUN 1 9223372036854775807 1000 1 0 0 0 0 0 0 0 0\n1", b"Bad message"),
        (b"RUN 1 1000 1000 -1 0 0 0 0 0 0 0 0\n", b"Bad message"),
        (b"RUN 2 1000 1000 0 0 0 0 0 0 0 0\n", b"Bad message"),
        (b"RUN " + b"0" * 1000, b"Message too long"),
    ],
)
def test_line_that_is_no_request_ends_the_supervisor_with_a_complaint(
    sandbox: Sandbox, line: bytes, complaint: bytes
) -> None:
    sandbox.attachment.send(line)
    code, said = end_of(sandbox)
    assert code == 70
    # Not alone: the runner may see its end of the pipe before it is killed, and find no program.
    assert b"supervisor: request: %s\n" % complaint in said


@pytest.mark.parametrize("sent", [b"", b"RUN ", b"RUN 1 1000 1000 10 0 0 0 0 0 0 0 0\nhalf"])
def test_request_that_breaks_off_ends_the_supervisor_quietly(sandbox: Sandbox, sent: bytes) -> None:
    sandbox.attachment.send(sent)
    sandbox.attachment.hang_up()
    assert end_of(sandbox)[0] == 0
