"""Mutants differ from their module in one place, and are the same each time."""

import pytest

from tests.mutants.operators import mutants


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("a < b", ["a <= b"]),
        ("a <= b < c", ["a < b < c", "a <= b <= c"]),
        ("a is not b", ["a is b"]),
        ("a and b", ["a or b"]),
        ("if not a:\n    b", ["if not not a:\n    b"]),
        ("a = True", ["a = False"]),
        ("a = 4", ["a = 5"]),
        ("a += b", ["a -= b"]),
        ("a = min(b, c)", ["a = max(b, c)"]),
        ("a = any(b)", ["a = all(b)"]),
        ("f(a)", ["pass"]),
        ("for a in b:\n    continue", ["for a in b:\n    pass"]),
        (
            "def f(a: Literal[1]) -> Literal[2]:\n    raise E",
            ["def f(a: Literal[1]) -> Literal[2]:\n    pass"],
        ),
        ('"""Text."""', []),
        ("logger.info(1)", []),
        ("assert a < b", []),
        ("@dataclass(frozen=True)\nclass A:\n    a: int", []),
        ("a = 'text'", []),
    ],
)
def test_each_place_is_changed_once(source: str, changed: list[str]) -> None:
    assert [mutant.source.rstrip("\n") for mutant in mutants(source)] == changed


def test_mutant_names_its_line_and_its_change() -> None:
    (mutant,) = mutants("a = b\n\nc = a > b\n")
    assert (mutant.line, mutant.change) == (3, "Gt becomes GtE")
