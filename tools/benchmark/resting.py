"""Wait until a site is idle, so that the next measurement contains no earlier work."""

import time

from ..site import Service

REST_SECONDS = 60


def rest(served: Service) -> None:
    """Wait until the pool is full and used sandboxes are removed. Raises TimeoutError."""
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline:
        state = served.pool_state()
        is_full = state.ready == state.target and not state.busy
        there = sum(state.ready.values()) + sum(state.slots.values())
        if is_full and state.created == state.destroyed + there:
            return
        time.sleep(0.1)
    raise TimeoutError(f"the pool did not come to rest within {REST_SECONDS} seconds")
