"""Clients that continue while processes die: their requests and the answers.

Each program prints its own nonce, which identifies its row and its output. A
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
"""Timeouts of a connection, and of an answer."""
REFUSED_SECONDS = 0.5
"""The pause of a client after a refusal or a broken connection. Retry-After is at least a second."""
BROKEN = "broken"
"""In place of a status: no connection, or it ended without an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A way to have a program run."""

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
"""Each way with its weight."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A submission for which a client got a 2xx."""

    id: str
    nonce: str
    way: str
    answer: dict[str, Any]
    """The finished submission, if the answer has it."""


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
        """For each short program that a client waited for: time of the answer (monotonic) and duration in
        seconds."""
        self.careful: set[str] = set()
        """Nonces of programs that may have at most one row."""
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
        """Stop; return when each has its last answer."""
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
        """Send one program until it is accepted; a careless client stops when its connection breaks."""
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
        """Send the request; return the status or BROKEN."""
        status: int | str = BROKEN
        try:
            with session.post(
                f"{address}/run", json=body, headers=headers, timeout=PATIENCE_SECONDS, stream=True
            ) as answer:
                # The first event of a stream has its id.
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
    """Return the submission in an answer: of a stream the last event, of a broken stream nothing.

    Raises RequestException or ValueError for a broken answer."""
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        last: dict[str, Any] = {}
        for name, data in events(answer.iter_lines(decode_unicode=True)):
            last = json.loads(data) if name == "result" else last
        return last
    found: dict[str, Any] = answer.json()
    return found


def events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Yield name and data of each event of a stream."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, line.removeprefix("data: ")
