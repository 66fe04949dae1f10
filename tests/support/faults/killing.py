"""SIGKILL at random times in random order, and the restart by a supervisor."""

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from subprocess import Popen
from time import monotonic, sleep
from typing import Protocol

UP_SECONDS = 300
"""The test fails if no process of a kind is up again within this time."""


class Process(Protocol):
    """A process of tests.support.services that can be killed."""

    process: Popen[bytes] | None

    def start(self) -> None: ...

    def kill(self) -> None: ...


@dataclass(slots=True)
class Victim:
    """A process that is restarted when it has ended, as by a supervisor."""

    kind: str
    own: Process
    delay: float
    """The most seconds before the supervisor notices."""
    chance: random.Random
    ended_by_itself: int = 0
    failure: BaseException | None = None
    _is_up: threading.Event = field(default_factory=threading.Event)
    _was_killed: bool = False
    _stopping: bool = False
    _thread: threading.Thread | None = None

    def watch(self) -> None:
        """Begin to watch; the process is up."""
        self._is_up.set()
        self._thread = threading.Thread(target=self._keep_up, name=f"supervisor-{self.kind}")
        self._thread.start()

    def leave(self) -> None:
        """Stop watching; the process is up."""
        assert self._thread is not None
        self._is_up.wait(UP_SECONDS)
        self._stopping = True
        self._thread.join()
        if self.failure:
            raise self.failure

    @property
    def is_up(self) -> bool:
        if self.failure:
            raise self.failure
        return self._is_up.is_set()

    def kill(self) -> None:
        self._was_killed = True
        self._is_up.clear()
        self.own.kill()

    def _keep_up(self) -> None:
        while not self._stopping:
            assert self.own.process is not None
            if self.own.process.poll() is None:
                sleep(0.05)
                continue
            self._is_up.clear()
            self.ended_by_itself += not self._was_killed
            self._was_killed = False
            sleep(self.chance.uniform(0, self.delay))
            try:
                self.own.start()
            except BaseException as failure:  # raised again in the test
                self.failure = failure
                return
            self._is_up.set()


def kill_each_kind(
    victims: Sequence[Victim], *, times: int, pause: float, chance: random.Random
) -> Counter[str]:
    """Kill each kind `times` times; return the number of kills by kind.

    The random pauses have a mean of `pause` seconds. Earlier victims may still be down."""
    order = sorted({victim.kind for victim in victims}) * times
    chance.shuffle(order)
    killed: Counter[str] = Counter()
    for kind in order:
        sleep(chance.uniform(0, 2 * pause))
        victim = _one_that_is_up([v for v in victims if v.kind == kind], chance)
        victim.kill()
        killed[kind] += 1
        print(f"{sum(killed.values())}/{len(order)} {kind}", flush=True)
    return killed


def _one_that_is_up(victims: Sequence[Victim], chance: random.Random) -> Victim:
    deadline = monotonic() + UP_SECONDS
    while not (up := [victim for victim in victims if victim.is_up]):
        assert monotonic() < deadline, f"no {victims[0].kind} has come back"
        sleep(0.1)
    return chance.choice(up)
