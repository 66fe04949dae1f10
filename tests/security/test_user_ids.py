"""What the kernel counts per user is counted for one run alone: each sandbox has a user id of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from executor import Cancellation, Limits, RunRequest, default_limits, execute
from executor.conf import config
from executor.pool import creation
from executor.sandbox.spec import container_spec

pytestmark = pytest.mark.docker

HOLDER = """
import ctypes, os, socket, time

libc = ctypes.CDLL(None, use_errno=True)
def timer(): return libc.timer_create(0, None, ctypes.byref(ctypes.c_void_p()))
while timer() == 0: pass  # each reserves a pending signal
print("signals:", os.strerror(ctypes.get_errno()))

def room(pipe):
    os.set_blocking(pipe[1], False)
    size = 0
    try:
        while True: size += os.write(pipe[1], b"x" * 4096)
    except BlockingIOError: return size

for _ in range(12):  # 12 processes, 115 pipes each: more than the 16,384 pages of one user
    reading, writing = os.pipe()
    if os.fork() == 0:
        held = [os.pipe() for _ in range(115)]
        os.write(writing, b"1")
        time.sleep(60)
    os.read(reading, 1); os.close(reading); os.close(writing)
print("pipes:", room(os.pipe()))

one, other = socket.socketpair()
try:
    for _ in range(4):
        socket.send_fds(one, [b"x"], [0] * 100)
except OSError as error: print("descriptors:", error.strerror[:8])
print("held", flush=True)
time.sleep(60)
"""
HELD = "signals: Resource temporarily unavailable\npipes: 8192\ndescriptors: Too many"

VISITOR = (
    HOLDER[: HOLDER.index("while timer")]
    + HOLDER[HOLDER.index("def room") : HOLDER.index("for _ in range(12)")]
    + """
print("timer:", timer())
print("pipe:", room(os.pipe()))
one, other = socket.socketpair()
try: socket.send_fds(one, [b"x"], [0]); print("descriptors:", len(socket.recv_fds(other, 1, 1)[1]))
except OSError as error: print("descriptors:", error.strerror)
"""
)
UNHARMED = "timer: 0\npipe: 65536\ndescriptors: 1\n"


def visit_while_another_holds() -> tuple[str, str]:
    """What a run sees while another holds all that the kernel gives a user; and what that one held."""
    held, seen = threading.Event(), []

    def hear(event: Any) -> None:
        seen.append(event.text)
        if "held" in "".join(seen):
            held.set()

    with ThreadPoolExecutor(1) as threads:
        limits = Limits(wall_seconds=20, memory_bytes=256 << 20)
        request, end = RunRequest(code=HOLDER, limits=limits), Cancellation()
        holder = threads.submit(execute, request, on_event=hear, cancellation=end)
        assert held.wait(60)
        result = execute(RunRequest(code=VISITOR, limits=default_limits()))
        end.cancel()
    return result.stdout, holder.result().stdout


def test_run_is_unharmed_by_another_that_holds_all_that_a_user_may_have() -> None:
    visitor, holder = visit_while_another_holds()
    assert holder.startswith(HELD)
    assert visitor == UNHARMED


@pytest.mark.container  # one that was idle before has an id of its own
def test_without_a_user_id_of_its_own_a_run_is_harmed(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = config().uids[-1]

    def with_one_id(*args: Any, uid: Any, **kwargs: Any) -> Any:
        spec = container_spec(*args, uid=shared, **kwargs)
        return spec | {"name": container_spec(*args, uid=uid, **kwargs)["name"]}

    monkeypatch.setattr(creation, "container_spec", with_one_id)
    visitor, holder = visit_while_another_holds()
    assert holder.startswith(HELD)
    assert all(good not in visitor.splitlines() for good in UNHARMED.splitlines()), visitor
