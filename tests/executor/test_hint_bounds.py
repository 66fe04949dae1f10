"""How much of an error and of the output a hint looks at and repeats."""

import pytest

from executor import RunRequest, default_limits
from executor.explanation.entry import End, Entry
from executor.uncaught import Uncaught
from executor.verdicts import Evidence, Verdict


def end(stdout: str = "", **facts: str) -> End:
    """Return the end of a run with an uncaught error that has these facts."""
    error = Uncaught(phase="run", kind="exception", type="E", message="m", line=1, facts=facts)
    request = RunRequest(code="1", language="python", limits=default_limits())
    return End.of(request, error if facts else None, Verdict.RUNTIME_ERROR, Evidence(), stdout)


def hint(text: str, about: End) -> str | None:
    """Return what an entry with this text says about an end."""
    found = Entry(name="any", hint=text, example="", language="python").about(about)
    return found.hint if found else None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 80 + "…"),
        ("a" + " " * 318 + "b", "a b"),
        ("a" + " " * 319 + "b", "a"),
    ],
)
def test_long_value_is_cut(value: str, shown: str) -> None:
    assert hint("{facts.name}", end(name=value)) == shown


def test_hint_may_name_the_language_alone() -> None:
    assert hint("{language}", end()) == "Python"


def test_only_the_end_of_the_output_is_read() -> None:
    assert end("a" + "b" * 200).output == "b" * 200
