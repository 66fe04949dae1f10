"""The memory that a run in a slot is said to have used is its own: nothing of earlier runs, and nothing
that its container was not charged for."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from executor.limits import MiB
from executor.sandbox import engine
from executor.sandbox.container import Sandbox
from tests.support.present import present
from tests.support.slots import run_in, skip_without_slots, slot, slot_spec
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("slots")]


@pytest.fixture(scope="module", autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


@pytest.fixture
def python_slot(instance: str) -> Iterator[Sandbox]:
    with slot(slot_spec("python", instance=instance)) as started:
        yield started


def test_peak_of_memory_is_the_runs_own_or_marked(python_slot: Sandbox) -> None:
    taken, _ = run_in(python_slot, "x = bytearray(50 << 20)")
    assert python_slot.settle(PATIENCE_SECONDS)
    small, _ = run_in(python_slot, "import time; x = bytearray(20 << 20); time.sleep(0.1)")
    assert python_slot.settle(PATIENCE_SECONDS)
    assert present(taken.usage.memory_peak_bytes) > 50 * MiB
    assert not taken.evidence.memory_peak_is_sampled
    assert 20 * MiB < present(small.usage.memory_peak_bytes) < 40 * MiB
    assert small.evidence.memory_peak_is_sampled


HELLO = {"python": "print(2 + 2)", "javascript": "console.log(2 + 2)"}


@pytest.mark.parametrize("forks", [False, True])
@pytest.mark.parametrize("language", sorted(HELLO))
def test_memory_of_a_run_has_nothing_that_its_container_was_not_charged_for(
    instance: str, language: str, forks: bool
) -> None:
    """What a runtime maps of the image is not in the charge, and most of a process's resident size."""
    with slot(slot_spec(language, instance=instance, forks=forks)) as sandbox:
        first, _ = run_in(sandbox, HELLO[language], language=language)
        assert sandbox.settle(PATIENCE_SECONDS)
        second, _ = run_in(sandbox, HELLO[language], language=language)
    most = present(first.usage.memory_peak_bytes) + 4 * MiB
    assert 1 * MiB < present(second.usage.memory_peak_bytes) < most


READ_FILES = """
    import os
    size = 0
    for folder, _, names in os.walk("/usr/lib"):
        for name in names:
            try: size += len(open(f"{folder}/{name}", "rb").read())
            except OSError: pass
    print(size)
"""


def forget_files(root: Path) -> None:
    """Have the kernel give up its copies of a sandbox's files, as if nobody had read them yet."""
    for folder, _, names in os.walk(root / "usr/lib"):
        for name in names:
            with suppress(OSError), open(Path(folder, name), "rb", opener=no_follow) as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def no_follow(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees a sandbox's files")
def test_memory_of_a_run_has_no_files_that_an_earlier_run_has_read(python_slot: Sandbox) -> None:
    """The kernel keeps its copies of them, and charges them to the container that has read them first."""
    forget_files(Path(f"/proc/{engine.first_process(python_slot.container_id)}/root"))
    reading, output = run_in(python_slot, dedent(READ_FILES))
    assert python_slot.settle(PATIENCE_SECONDS)
    after, _ = run_in(python_slot, "x = bytearray(1 << 20)")
    assert int(output.stdout.text) > 30 * MiB
    assert present(reading.usage.memory_peak_bytes) > 30 * MiB
    assert present(after.usage.memory_peak_bytes) < 20 * MiB
    assert after.evidence.memory_peak_is_sampled
