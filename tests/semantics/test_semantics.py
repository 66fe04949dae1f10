"""Each program of the corpus ends in the sandbox as with the plain runtime, and prints the same.

`make test-semantics` runs all; otherwise the programs of usual.toml run.
"""

import difflib
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from executor import RunRequest, default_limits, execute
from executor.sandbox.output import TERMINAL_SEQUENCE
from tests.support import lane
from tests.support.present import present
from tests.support.semantics import corpus, plain

pytestmark = pytest.mark.docker

PROGRAMS, DIFFERENCES, USUAL = corpus.programs(), corpus.differences(), corpus.usual()
CHOSEN = sorted(PROGRAMS if os.environ.get("SEMANTICS") == "all" else USUAL)


def in_the_sandbox(program: corpus.Program) -> plain.Answer:
    """Run with the default limits, but with time enough for a busy machine."""
    result = execute(
        RunRequest(
            code=program.code,
            language=program.language,
            stdin=program.stdin,
            args=program.args,
            limits=replace(default_limits(), wall_seconds=60, cpu_seconds=60),
        )
    )
    end = result.exit_code if result.signal is None else 128 + result.signal
    return plain.Answer(end=present(end), stdout=result.stdout, stderr=result.stderr)


def without_terminal_sequences(answer: plain.Answer) -> plain.Answer:
    """Remove colours from stderr, as a result does. This is the only change before the comparison."""
    return replace(answer, stderr=TERMINAL_SEQUENCE.sub("", answer.stderr))


def comparison(expected: plain.Answer, sandbox: plain.Answer) -> dict[str, str]:
    """Describe the parts that differ, by name."""
    differing = {}
    for part in corpus.PARTS:
        left, right = (str(getattr(answer, part)) for answer in (expected, sandbox))
        if left != right:
            lines = left.splitlines(keepends=True), right.splitlines(keepends=True)
            changes = difflib.unified_diff(*lines, f"plain {part}", f"sandbox {part}", n=1)
            differing[part] = "".join(
                line if line.endswith("\n") else f"{line}⏎\n" for line in changes
            )
    return differing


@pytest.mark.parametrize("name", CHOSEN)
def test_program_ends_as_with_the_plain_runtime(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    program, meant = PROGRAMS[name], DIFFERENCES.get(name)
    if meant and meant.boot not in {None, lane.BOOT}:
        meant = None
    record_property("semantics", [program.language, meant is not None])
    sandbox = without_terminal_sequences(in_the_sandbox(program))
    differing = comparison(without_terminal_sequences(plain.answer(program)), sandbox)
    expected = meant.parts if meant else set()
    if set(differing) != expected:
        pytest.fail(
            f"{name} differs in {sorted(differing)}, and differences.toml lists {sorted(expected)}\n"
            + "".join(differing.values()),
            pytrace=False,
        )
    if meant and meant.sandbox is not None:
        in_slots = meant.in_slots if lane.IS_FAST else None
        assert sandbox.stdout == (in_slots or meant.sandbox)
