"""Attacks as data: the program, the layers that stop it, and the evidence that they did.

An attack reports its success truthfully: it prints a line that begins with BREACH for each thing that it
should not get. An attack without such a line that ends as expected is contained.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from executor import Limits, RunRequest, RunResult, Verdict, execute

ANY = frozenset(Verdict) - {Verdict.INTERNAL_ERROR}
"""For attacks that may end in any way without a BREACH."""
Ends = Verdict | frozenset[Verdict]


def no_breach(result: RunResult) -> bool:
    return "BREACH" not in result.stdout and "BREACH" not in result.stderr


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """A program that tries something it must not achieve."""

    slug: str
    layers: tuple[str, ...]
    """The layers that stop it. Without one of several, the others may still stop it."""
    code: str
    language: str = "python"
    expected: frozenset[Verdict] = field(default=frozenset({Verdict.OK}))
    limits: Limits = field(default_factory=lambda: Limits(wall_seconds=5))
    read_only: bool = True
    proof: Callable[[RunResult], bool] = no_breach

    def run(self, ablation: str = "") -> RunResult:
        return execute(
            RunRequest(
                code=dedent(self.code).lstrip("\n"),
                language=self.language,
                limits=self.limits,
                read_only=self.read_only,
                ablation=ablation,
            )
        )

    def contained(self, result: RunResult) -> bool:
        return result.verdict in self.expected and no_breach(result) and self.proof(result)


def python(slug: str, *layers: str, code: str, ends: Ends = Verdict.OK, **more: Any) -> Attack:
    return _attack("python", slug, layers, code, ends, more)


def javascript(slug: str, *layers: str, code: str, ends: Ends = Verdict.OK, **more: Any) -> Attack:
    return _attack("javascript", slug, layers, code, ends, more)


def _attack(
    language: str, slug: str, layers: tuple[str, ...], code: str, ends: Ends, more: dict[str, Any]
) -> Attack:
    expected = frozenset({ends}) if isinstance(ends, Verdict) else ends
    return Attack(slug=slug, layers=layers, code=code, language=language, expected=expected, **more)


SECOND = Limits(wall_seconds=1)
