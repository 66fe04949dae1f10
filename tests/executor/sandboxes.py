"""What the tests of sandboxes, pool, reaper and engine share."""

import threading
from collections.abc import Callable
from time import monotonic

from executor import LANGUAGES, Limits, this_process
from executor.conf import config
from executor.pool.users import UserIds
from executor.sandbox.spec import container_spec

PATIENCE_SECONDS = 60
"""What does not happen within this does not happen: hangs are found, slow machines forgiven."""

USER_IDS = UserIds(config().uids)


def make_spec(
    *, instance: str, owner: str | None = None, limits: Limits | None = None, **over: object
) -> dict[str, object]:
    """A Python sandbox's spec; further keyword arguments override the engine's."""
    spec = container_spec(
        LANGUAGES["python"],
        limits or config().limits,
        image=f"{config().image_prefix}-python",
        instance=instance,
        owner=owner or this_process(),
        runtime=config().runtime,
        uid=next(USER_IDS.candidates()),
    )
    return {**spec, **over}


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until it holds; fails if it never does."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "did not happen in time"
        threading.Event().wait(0.02)


def in_a_new_thread(function: Callable[[], object]) -> object:
    """Its result, or its exception. A new thread has no connection to the engine yet."""
    outcome: list[object] = []

    def call() -> None:
        try:
            outcome.append(function())
        except Exception as error:  # carried over to the caller
            outcome.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert outcome, "did not return in time"
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]
