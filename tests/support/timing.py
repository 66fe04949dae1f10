"""Bounds on CPU time that hold on any machine."""

from collections.abc import Callable
from time import thread_time
from typing import TypeVar

Result = TypeVar("Result")

TRIES = 4


def quick(action: Callable[[], Result], seconds: float) -> Result:
    """Run an action and return its result; fail where four tries use `seconds` of CPU time or more each.

    An action of the wrong order of growth is slow each time. A collection of garbage, or a machine
    that counts the time of its neighbours, is slow once: one try has needed forty times its usual time.
    """
    used = []
    for _ in range(TRIES):
        start = thread_time()
        result = action()
        used.append(thread_time() - start)
        if used[-1] < seconds:
            return result
    raise AssertionError(
        f"used {min(used):.1f} s of CPU time or more, where {seconds} s are the bound"
    )
