"""Slots under load, while processes in them get SIGKILL and their engine restarts: nobody is blamed,
nothing is left, and no dead slot serves.

`make test-faults` (FAULT_KILLS of each kind; EXECUTOR_BOOT, by default fork). Web processes and workers
are killed in test_faults.py.
"""

import os
import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from executor.sandbox.engine import containers
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.faults.clients import PROGRAMS
from tests.support.held import Slot
from tests.support.services.engine import engine
from tests.support.slots import skip_without_slots
from tests.support.waiting import eventually
from tools.site import Service, service

KILLS = int(os.environ.get("FAULT_KILLS", "0"))
BOOT = os.environ.get("EXECUTOR_BOOT", "fork")
PARTS = ("program", "init", "relay", "supervisor", "shim") + ("runtime",) * (BOOT == "fork")
"""Without a zygote there is no runtime outside of the nests."""
THREADS = 4
SECONDS = 0.3
"""Of each program: a kill meets some while they run, and some slots while they are idle."""
PAUSE_SECONDS = 0.5
INSTANCE = f"faults-{os.getpid()}"
OURS = {(200, "internal_error", None), (503, "", None)}
"""Status, verdict and signal of a run that was lost, or got no sandbox."""
UNFINISHED = """
from submissions.lifecycle.models import Submission
print(Submission.objects.exclude(status="finished").count())
"""

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(not KILLS, reason="FAULT_KILLS says how many: make test-faults"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("dockerd"), reason="needs root, to start engines"
    ),
]


@contextmanager
def slots(**settings: str) -> Iterator[Service]:
    skip_without_slots()
    boot = {"EXECUTOR_ISOLATION": "auto", "EXECUTOR_BOOT": BOOT, "EXECUTOR_MAX_RUNS": "4"}
    with service(**boot, EXECUTOR_INSTANCE=INSTANCE, **settings) as served:
        eventually(lambda: served.pool_state().ready == served.pool_state().target)
        yield served


def kill_one(part: str, chance: random.Random) -> None:
    """Kill this part of any of the sandboxes, idle ones too."""

    def kill() -> bool:
        found = containers(f"{LABEL_INSTANCE}={INSTANCE}")
        # It may have ended meanwhile, or have none.
        with suppress(OSError, LookupError):
            os.kill(Slot(chance.choice(found)["Id"]).part(part), signal.SIGKILL)
            return True
        return False

    eventually(kill)


def test_killed_parts_of_slots_blame_no_program() -> None:
    chance, answers, stopping = random.Random(), [], threading.Event()

    def send(served: Service, number: int) -> None:
        while not stopping.is_set():
            nonce = uuid4().hex
            slug = ("python", "javascript")[number % 2]
            code = PROGRAMS[slug].format(seconds=SECONDS, nonce=nonce)
            answers.append((nonce, served.run(code, slug)))

    with slots() as served, ThreadPoolExecutor(THREADS) as senders:
        sending = [senders.submit(send, served, number) for number in range(THREADS)]
        try:
            for part in chance.sample(PARTS * KILLS, len(PARTS) * KILLS):
                stopping.wait(PAUSE_SECONDS)
                kill_one(part, chance)
        finally:
            stopping.set()
        for one in sending:
            one.result()
        assert served.manage("shell", "--verbosity", "0", "-c", UNFINISHED) == "0"
        assert served.run("print(1)", "python").json()["verdict"] == "ok"
    eventually(lambda: containers(f"{LABEL_INSTANCE}={INSTANCE}") == [])
    ended: Counter[tuple[int, str, Any]] = Counter()
    for nonce, answer in answers:
        found = answer.json()
        is_finished = answer.status_code == 200
        verdict = found["verdict"] if is_finished else ""
        ended[answer.status_code, verdict, found.get("signal") if is_finished else None] += 1
        assert verdict != "ok" or found["output"] == f"begun\n{nonce}\n"
    print(f"\n{ended}")
    assert set(ended) <= {(200, "ok", None), (200, "runtime_error", 9), *OURS}
    assert ended[200, "runtime_error", 9] <= KILLS
    assert ended[200, "ok", None] > sum(ended.values()) / 2


def test_restarted_engine_leaves_no_dead_slot_in_use(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    place: Path = tmp_path_factory.mktemp("engine")
    with engine(place) as own, slots(DOCKER_HOST=own.address) as served:
        for _ in range(KILLS):
            first, second = (served.run("print(1)", "python").json() for _ in range(2))
            assert (second["sandbox"], second["lane"]) == (first["sandbox"], "slot")
            again = served.pool_state().served_again
            own.kill()
            own.start()
            met: list[Any] = []

            def answers(met: list[Any] = met) -> bool:
                met.append(served.run("print(1)", "python"))
                return bool(met[-1].status_code == 200)

            eventually(answers)
            assert {answer.status_code for answer in met[:-1]} <= {503}
            last = met[-1].json()
            assert (last["verdict"], last["output"], last["run_number"]) == ("ok", "1\n", 1)
            assert last["sandbox"] != first["sandbox"]
            assert served.pool_state().served_again == again
