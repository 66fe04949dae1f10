"""What arrives here about a run in another process (reporter.py sends it)."""

from collections.abc import Mapping
from typing import Any

from .feed import RESTART, LiveEvent, Transcript

BEGUN = "begun"
ENDED = "ended"


class Mailbox(Transcript):
    """Notifications of one run. They may be lost, so a waiting process looks at the row too."""

    def __init__(self) -> None:
        super().__init__()
        self.result: dict[str, Any] | None = None
        """The row's new values, if they came with the notification of the end."""
        self._attempt = 0

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take a notification. The first of a later attempt voids the output so far."""
        attempt = message["attempt"]
        if attempt > self._attempt > 0:
            self.publish(RESTART)
        self._attempt = attempt
        self.result = message.get("result")
        if message["event"] in {BEGUN, ENDED}:
            self.look()
        else:
            self.publish(LiveEvent(message["event"], message["text"]))

    def wait_to_look(self, seen: int, seconds: float) -> int:
        """Block until the row has changed more than `seen` times, for that time at most.

        Returns how many times it has changed by now. Each of those who wait counts for itself.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._looks > seen, seconds)
            return self._looks
