"""Lets a caller type to an interactive run from another thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .conversation import Conversation


class Keyboard:
    """The input of one run, while it comes. The caller of `execute` makes it; any thread may type.

    What is typed before the program has begun waits for it; what comes after its end, or after the end
    of the input, is dropped. The caller bounds how much it types: STDIN_BYTES are the most that a sandbox
    takes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = b""
        self._has_ended = False
        self._conversation: Conversation | None = None

    def type(self, text: str) -> None:
        """Add to the program's input, unless it has been ended."""
        with self._lock:
            if self._has_ended:
                return
            if self._conversation is None:
                self._waiting += text.encode()
            else:
                self._conversation.type(text.encode())

    def end(self) -> None:
        """End the program's input: after what was typed, it reads the end."""
        with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
            if self._conversation is not None:
                self._conversation.end_input()

    @contextmanager
    def typing_to(self, conversation: Conversation) -> Iterator[None]:
        """Type to this run within the block; first what has waited for it."""
        with self._lock:
            self._conversation = conversation
            if self._waiting:
                conversation.type(self._waiting)
            if self._has_ended:
                conversation.end_input()
        try:
            yield
        finally:
            with self._lock:
                self._conversation = None
