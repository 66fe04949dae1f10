"""Every kind of process gets SIGKILL under load, and no accepted submission is lost.

`make test-faults` (FAULT_KILLS=20 of each kind, FAULT_SEED repeats an order, FAULT_LANE=container for no
slots, EXECUTOR_BOOT=exec for slots that boot each program's runtime).
"""

import os
import random
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import sleep

import pytest
from django.conf import settings

from executor import LANGUAGES
from executor.sandbox.spec import LABEL_OWNER
from tests.support.faults import witness
from tests.support.faults.accounting import account, count_unfinished, tell
from tests.support.faults.clients import Clients
from tests.support.faults.killing import Process, Victim, kill_each_kind
from tests.support.services.deployment import Deployment, deployment
from tests.support.services.engine import has_program
from tests.support.waiting import eventually

KILLS = int(os.environ.get("FAULT_KILLS", "0"))
SEED = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(1, 10**6)
LANE = {
    "slot": {
        "EXECUTOR_ISOLATION": "auto",
        "EXECUTOR_BOOT": os.environ.get("EXECUTOR_BOOT", "fork"),
    },
    "container": {"EXECUTOR_ISOLATION": "container"},
}[os.environ.get("FAULT_LANE", "slot")]
PAUSE_SECONDS = 4.0
"""Mean pause between two kills."""
SUPERVISOR_SECONDS = 2.0
USERS = 6
THREADS = 2
"""Threads of a user, and the mean seconds before each sends its next program."""
THINK_SECONDS = 2.0
QUIET_SECONDS = 180
"""Time for up to three leases to expire, and for the rest of the queue to run."""
SWEPT_SECONDS = 240
"""A sweep runs every minute and leaves containers younger than a minute."""
EXPECTED = {200, 202, 429, 503, "broken"}

pytestmark = [
    pytest.mark.skipif(not KILLS, reason="FAULT_KILLS says how many: make test-faults"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("dockerd"), reason="needs root, to start engines"
    ),
]


def victims(own: Deployment, chance: random.Random) -> list[Victim]:
    kinds: dict[str, Sequence[Process]] = {
        "web": own.webs,
        "worker": own.workers,
        "broker": [own.broker],
        "database": [own.database],
        "engine": own.engines,
    }
    return [
        Victim(kind, one, SUPERVISOR_SECONDS, random.Random(chance.random()))
        for kind, several in kinds.items()
        for one in several
    ]


def processes_of_the_site(own: Deployment) -> list[int]:
    """List processes with the address of its database in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if own.database.url.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended
    return found


def leftovers(own: Deployment) -> list[str]:
    """List containers that are not idle sandboxes of a living worker."""
    places = [
        str(Path(f"/proc/{one.pid}/ns/pid").readlink()).strip("pid:[]") for one in own.workers
    ]
    shape = f'{{{{.State}}}} {{{{.ID}}}} {{{{.Label "{LABEL_OWNER}"}}}}'
    found = [
        line
        for engine in own.engines
        for line in engine.docker("ps", "--all", "--format", shape).stdout.splitlines()
    ]
    return [
        line
        for line in found
        if not line.startswith("running ") or not any(f"/{place}/" in line for place in places)
    ]


def test_nothing_is_lost_doubled_stuck_or_left_behind(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    chance = random.Random(SEED)
    print(f"\nFAULT_SEED={SEED} FAULT_KILLS={KILLS}")
    with deployment(
        tmp_path_factory.mktemp("faults"), webs=2, workers=2, own_engines=True, **LANE
    ) as own:
        witness.install(own.database.url)
        queues = [f"{settings.BROKER_PREFIX}.run.{slug}" for slug in LANGUAGES]
        eventually(lambda: all(own.broker.has_recorded(queue) for queue in queues))
        clients = Clients(
            own.addresses, own.tokens(USERS), threads=THREADS, pause=THINK_SECONDS, seed=SEED
        )
        with ExitStack() as load:
            load.callback(clients.stop)
            clients.start()
            watched = victims(own, chance)
            for victim in watched:
                victim.watch()
                load.callback(victim.leave)
            killed = kill_each_kind(watched, times=KILLS, pause=PAUSE_SECONDS, chance=chance)
            sleep(PAUSE_SECONDS)
        eventually(lambda: count_unfinished(own.database.url) == 0, seconds=QUIET_SECONDS)
        eventually(lambda: leftovers(own) == [], seconds=SWEPT_SECONDS)
        for program in (*own.workers, *own.webs):
            program.stop()
        audit = own.manage("audit_verify")
        in_sandboxes = [pid for engine in own.engines for pid in engine.processes()]
        with_program = [pid for pid in in_sandboxes if has_program(pid)]
        found = account(
            own.database.url,
            clients.accepted,
            clients.careful,
            containers=[pk for engine in own.engines for pk in engine.containers()],
            processes=with_program + processes_of_the_site(own),
            forgotten=len(in_sandboxes) - len(with_program),
        )
        print(tell(found, clients.met, clients.sent, killed))
        print(audit)
        print({way: list(found.doubled.values()).count(way) for way in found.doubled.values()})
    assert killed == dict.fromkeys(("web", "worker", "broker", "database", "engine"), KILLS)
    assert set(clients.met) <= EXPECTED
    assert found.accepted == found.finished
    assert (found.lost, found.doubled, found.stuck, found.untrue) == (set(), {}, set(), set())
    assert set(found.verdicts) <= {"ok", "internal_error"}
    assert (found.containers, found.processes) == ([], [])
    assert "not sealed" not in audit
