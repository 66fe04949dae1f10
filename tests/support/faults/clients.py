"""Users who do not stop while things die: what they send, and what they were told.

Each program prints a nonce of its own, so that its row can be found and its output recognised. A
careful client sends an Idempotency-Key and repeats the request under it until it has an answer; a
careless one sends none and, when its connection breaks, does not know what became of its program.
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

import requests

PROGRAMS = {
    "python": "import time\nprint('begun', flush=True)\ntime.sleep({seconds})\nprint('{nonce}')",
    "javascript": "console.log('begun')\nsetTimeout(() => console.log('{nonce}'), {seconds} * 1000)",
}
SHORT_SECONDS = 0.0
LONG_SECONDS = (1.0, 4.0)
SHARE_OF_LONG = 0.2
PATIENCE_SECONDS = (5, 90)
"""For a connection, and for an answer."""
REFUSED_SECONDS = 0.5
"""How long a client that was refused or cut off waits; Retry-After says at least a second."""
BROKEN = "broken"
"""Beside the statuses: the connection could not be made, or ended without an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a client has a program run."""

    headers: dict[str, str] = field(default_factory=dict)
    careful: bool = False


WAITING = Way(careful=True)
WAYS = {
    "waiting": (3, WAITING),
    "for later": (3, Way(careful=True, headers={"Prefer": "respond-async"})),
    "streamed": (2, Way(headers={"Accept": "text/event-stream"})),
    "waiting, careless": (1, Way()),
    "for later, careless": (1, Way(headers={"Prefer": "respond-async"})),
}
"""With the weight of each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A submission for which a client was given a 2xx."""

    id: str
    nonce: str
    way: str
    answer: dict[str, Any]
    """The finished submission, if that was the answer."""


class Clients:
    """A number of threads for each user, from `start` to `stop`; each has one program at a time."""

    def __init__(
        self,
        addresses: Sequence[str],
        tokens: Sequence[str],
        *,
        threads: int,
        pause: float,
        seed: int,
    ) -> None:
        """`pause`: seconds between two programs of a thread, on average."""
        self.accepted: list[Accepted] = []
        self.met: Counter[int | str] = Counter()
        self.sent: Counter[str] = Counter()
        self.waited: list[tuple[float, float]] = []
        """Of each short program whose end was waited for: when it was answered (monotonic), and how
        long that took, seconds."""
        self.careful: set[str] = set()
        """Nonces of programs that must have no more than one row."""
        self._addresses = addresses
        self._pause = pause
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(
                target=self._use, args=(token, random.Random(f"{seed}/{token_number}/{number}"))
            )
            for token_number, token in enumerate(tokens)
            for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when each has its last answer."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _use(self, token: str, chance: random.Random) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {token}"
            while not self._stopping.wait(chance.expovariate(1 / self._pause)):
                self._have_run(session, chance)

    def _have_run(self, session: requests.Session, chance: random.Random) -> None:
        """One program, until it was accepted, or for a careless client until its connection broke."""
        weights = [weight for weight, _ in WAYS.values()]
        name = chance.choices(list(WAYS), weights)[0]
        _, way = WAYS[name]
        nonce = uuid4().hex
        language = chance.choice(list(PROGRAMS))
        is_long = chance.random() < SHARE_OF_LONG
        seconds = chance.uniform(*LONG_SECONDS) if is_long else SHORT_SECONDS
        body = {
            "language": language,
            "code": PROGRAMS[language].format(nonce=nonce, seconds=round(seconds, 1)),
        }
        headers = dict(way.headers)
        if way.careful:
            headers["Idempotency-Key"] = nonce
        with self._lock:
            self.sent[name] += 1
            if way.careful:
                self.careful.add(nonce)
        while True:
            start = monotonic()
            status = self._send(session, chance.choice(self._addresses), body, headers, nonce, name)
            is_done = status in {200, 202} or (status == BROKEN and not way.careful)
            if status == 200 and way == WAITING and not is_long:
                with self._lock:
                    self.waited.append((monotonic(), monotonic() - start))
            if is_done or self._stopping.is_set():
                return
            self._stopping.wait(REFUSED_SECONDS)

    def _send(
        self,
        session: requests.Session,
        address: str,
        body: dict[str, str],
        headers: dict[str, str],
        nonce: str,
        way: str,
    ) -> int | str:
        """The status, or BROKEN."""
        status: int | str = BROKEN
        try:
            with session.post(
                f"{address}/run", json=body, headers=headers, timeout=PATIENCE_SECONDS, stream=True
            ) as answer:
                # A stream tells whose it is before it has told anything else.
                if location := answer.headers.get("Content-Location"):
                    self._accept(location.rstrip("/").rpartition("/")[2], nonce, way, {})
                found = result_of(answer)
                status = answer.status_code
                if status in {200, 202} and found:
                    self._accept(found["id"], nonce, way, found)
        except (requests.RequestException, ValueError):
            status = BROKEN
        with self._lock:
            self.met[status] += 1
        return status

    def _accept(self, pk: str, nonce: str, way: str, answer: dict[str, Any]) -> None:
        finished = answer if answer.get("status") == "finished" else {}
        with self._lock:
            self.accepted.append(Accepted(id=pk, nonce=nonce, way=way, answer=finished))


def result_of(answer: requests.Response) -> dict[str, Any]:
    """The submission in an answer, the last event of a stream; nothing in a stream that was cut off.
    Raises RequestException or ValueError for an answer that was."""
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        last = {}
        for name, data in events(answer.iter_lines(decode_unicode=True)):
            last = json.loads(data) if name == "result" else last
        return last
    found: dict[str, Any] = answer.json()
    return found


def events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Name and data of each event of a stream."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, line.removeprefix("data: ")
