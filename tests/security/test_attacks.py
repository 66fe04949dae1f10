"""Every attack, in a real sandbox, is contained."""

from typing import Any

import pytest

from tests.support.attacks import CATALOGUE, kernel

pytestmark = pytest.mark.docker

NEEDS_X86_64 = {
    "shoots-the-messenger",
    "all-other-syscalls",
    "namespaces-by-clone",
    "x32-syscall",
    "32-bit-syscall",
    "traced-by-the-shim",
    "signals-by-other-ways",
    "protocols-loaded-by-an-option",
    "powers-by-prctl",
    "things-left-in-shared-memory",
    "32-bit-program",
}


NEEDS_ITS_OOM_SCORE = {
    "writes-the-hosts-log",
    "hides-from-the-kernels-killer",
    "shoots-the-messenger",
}
"""They begin by writing their oom_score_adj. In a slot /proc is read-only, so they can't begin there."""


def attack(slug: str) -> Any:
    marks = [pytest.mark.container] if slug in NEEDS_ITS_OOM_SCORE else []
    return pytest.param(slug, marks=marks, id=slug)


@pytest.mark.parametrize("slug", [attack(slug) for slug in CATALOGUE])
def test_attack_is_contained(slug: str) -> None:
    if not kernel.IS_X86_64 and (slug in NEEDS_X86_64 or slug.startswith("syscall-")):
        pytest.skip("the numbers of its system calls are those of x86-64")
    result = CATALOGUE[slug].run()
    assert CATALOGUE[slug].contained(result), result


@pytest.mark.parametrize("streams", ["on-both-streams", "on-one-stream"])
def test_zeros_in_big_pipes_are_read_in_time_twenty_times(streams: str) -> None:
    """In two of seven runs the host was once too late, and ended the run by its own clock."""
    attack = CATALOGUE[f"zeros-in-big-pipes-{streams}"]
    results = [attack.run() for _ in range(20)]
    assert [result for result in results if not attack.contained(result)] == []
