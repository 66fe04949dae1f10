"""A person at an interactive run: reads what it prints, and types."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from executor import (
    Cancellation,
    Keyboard,
    Limits,
    RunEvent,
    RunRequest,
    RunResult,
    default_limits,
    execute,
)
from tests.support.waiting import PATIENCE_SECONDS

GAME = """
secret = 37
while True:
    guess = int(input("Your guess: "))
    if guess == secret:
        break
    print("Too low" if guess < secret else "Too high")
print("You got it!")
"""
NODE_GAME = """
const { createInterface } = require("node:readline");
const lines = createInterface({ input: process.stdin, output: process.stdout });
const ask = () => lines.question("Your guess: ", (guess) => {
  if (guess === "37") { console.log("You got it!"); lines.close(); return; }
  console.log(Number(guess) < 37 ? "Too low" : "Too high");
  ask();
});
ask();
"""


def interactive(wall: float = 120, idle: float = 120, cpu: float = 10) -> Limits:
    """Return limits of an interactive run; their clocks end no test that waits for something else."""
    return replace(default_limits(), wall_seconds=wall, idle_seconds=idle, cpu_seconds=cpu)


class Person:
    """Types to one run, and sees what it says."""

    def __init__(self) -> None:
        self.keyboard = Keyboard()
        self.cancellation = Cancellation()
        self.result: Future[RunResult]
        self._events: list[RunEvent] = []
        self._changed = threading.Condition()

    def see(self, event: RunEvent) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    @property
    def printed(self) -> str:
        return "".join(event.text for event in self._events)

    @property
    def states(self) -> list[str]:
        return [event.stream for event in self._events if event.stream in ("waiting", "working")]

    def wait_to_read(self, text: str) -> None:
        """Return when the run has printed this; fail if it ends before."""
        self._wait(lambda: text in self.printed, f"{text!r} in {self.printed!r}")

    def wait_to_be_awaited(self, times: int = 1) -> None:
        """Return when the run has seemed to wait for input, for the first time or as often as this."""
        self._wait(lambda: self.states.count("waiting") >= times, "run that waits")

    def answer(self, question: str, text: str) -> None:
        self.wait_to_read(question)
        self.keyboard.type(text)

    def _wait(self, condition: Any, what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE_SECONDS), f"no {what}"

    def end(self) -> RunResult:
        return self.result.result(PATIENCE_SECONDS)


@contextmanager
def playing(code: str, *, limits: Limits | None = None, **more: Any) -> Iterator[Person]:
    """Run a program interactively in another thread; end it with the block."""
    person = Person()
    request = RunRequest(code=code, limits=limits or interactive(), **more)
    with ThreadPoolExecutor(1) as threads:
        person.result = threads.submit(
            execute,
            request,
            on_event=person.see,
            cancellation=person.cancellation,
            keyboard=person.keyboard,
        )
        try:
            yield person
        finally:
            person.cancellation.cancel()
