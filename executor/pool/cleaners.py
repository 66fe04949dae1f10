"""Destroys a pool's sandboxes until the engine lists none: in threads of its own, after the answers to
their runs, or before the answer if a run has ended late."""

import logging
import threading
from time import monotonic, sleep

from ..errors import EngineError
from ..sandbox.container import Sandbox
from .holdings import Holdings
from .threads import Threads

logger = logging.getLogger(__name__)

CLEANERS = 4
"""Threads that remove sandboxes. If they have CLEANERS² to remove, a caller removes its own."""
CLOSE_SECONDS = 10
"""The longest that closing waits for the engine to remove the rest."""
CLOSE_PAUSE_SECONDS = 0.1
"""Pause between reads of the engine's list while closing."""


class Cleaners:
    """Threads that remove sandboxes; thread-safe. After `close` callers remove their own."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._threads = Threads(CLEANERS, "sandbox-cleaner")
        self._lock = threading.Lock()
        self._is_closed = False
        self._handed_over = 0
        """Sandboxes that the threads have yet to remove. Those that callers remove do not count: late
        ends of some users would make others wait, while the threads have nothing to do."""
        self.taken = 0
        """Sandboxes given to the cleaners so far."""
        self.destroyed = 0
        """Those of them whose removal was tried; the engine may still have some (`clear`)."""

    def discard(self, sandbox: Sandbox) -> None:
        """Destroy the sandbox in the background, or here if the threads have fallen behind."""
        with self._lock:
            # Under the lock, so that `close` can't end the threads in between.
            has_room = not self._is_closed and self._handed_over < CLEANERS * CLEANERS
            if has_room and self._hand_over(sandbox):
                self.taken += 1
                self._handed_over += 1
                return
        self.destroy(sandbox)

    def _hand_over(self, sandbox: Sandbox) -> bool:
        try:
            self._threads.begin(self._destroy_for_a_caller, sandbox)
        except RuntimeError:  # the interpreter is ending, before `close` was called
            return False
        return True

    def _destroy_for_a_caller(self, sandbox: Sandbox) -> None:
        try:
            self._destroy(sandbox)
        finally:
            with self._lock:
                self._handed_over -= 1

    def destroy(self, sandbox: Sandbox) -> None:
        """Destroy the sandbox; return when that is done."""
        with self._lock:
            self.taken += 1
        self._destroy(sandbox)

    def _destroy(self, sandbox: Sandbox) -> None:
        try:
            is_gone = self.remove(sandbox)
        finally:
            with self._lock:
                self.destroyed += 1
        if not is_gone and self._is_closed:  # nobody else clears any more
            self._leave_nothing()

    def remove(self, sandbox: Sandbox) -> bool:
        """Destroy a sandbox, without counting it. False if that has to be tried again (`clear`)."""
        is_gone = False
        try:
            try:
                sandbox.close_stdin()
            finally:
                sandbox.destroy()
            is_gone = True
        except EngineError as error:
            logger.warning("could not remove %s yet: %s", sandbox.name, error)
        except Exception:  # the outermost frame of a thread
            logger.exception("could not remove %s yet", sandbox.name)
        finally:
            if is_gone:
                self._holdings.drop(sandbox.name)
            else:
                self._holdings.lose(sandbox.name)
        return is_gone

    def clear(self) -> list[str]:
        """Remove leftovers; return the names of those that may stay, for the log."""
        self._holdings.untidy.clear()
        try:
            left = self._holdings.clear()
        except EngineError as error:
            left = [f"what the engine does not list ({error})"]
        if left:
            self._holdings.untidy.set()
        return left

    def close(self) -> None:
        """Wait until the engine lists nothing of the pool except what runs under way still use."""
        with self._lock:
            self._is_closed = True
        self._threads.shutdown()
        self._leave_nothing()

    def _leave_nothing(self) -> None:
        deadline = monotonic() + CLOSE_SECONDS
        while (left := self.clear()) or self._holdings.may_grow():
            if monotonic() >= deadline:
                if left:
                    logger.error("left on the engine: %s", ", ".join(left))
                return
            sleep(CLOSE_PAUSE_SECONDS)
