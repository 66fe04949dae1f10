"""`make test-mutants`: change the pure modules in small ways, and see whether their tests fail.

Each mutant is one change (operators.py) in a copy of the tree, and is killed if a test of its module
fails. The work tree is not touched. The choice is the same each time: MOST of a module, spread over its
length. Mutants that equivalent.toml explains change nothing that can be seen, and are left out.

    python -m tests.mutants [--jobs 2] [--most 20] [module …]
    python -m tests.mutants --named         the changes of sabotages.toml, each with its test
"""

import argparse
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from .operators import Mutant, mutants
from .sabotages import run as run_named
from .targets import TARGETS
from .tree import ROOT, Trees

EXPLAINED = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text())["mutant"]
"""Mutants that no test can notice, each with its reason."""

TIMES = 5
"""The time for a mutant's tests, as a multiple of the unchanged module's; GRACE_SECONDS are added."""
GRACE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Work:
    """A mutant and the tests to run against it."""

    module: str
    mutant: Mutant
    seconds: float


def is_explained(module: str, mutant: Mutant) -> bool:
    """Whether equivalent.toml has the reason why no test can notice the mutant."""
    line = (ROOT / module).read_text().splitlines()[mutant.line - 1].strip()
    return any(
        (one["module"], one["line"], one["change"]) == (module, line, mutant.change)
        for one in EXPLAINED
    )


def chosen(module: str, most: int) -> list[Mutant]:
    """Choose at most `most` of the module's mutants, evenly spread."""
    source = (ROOT / module).read_text()
    found = [mutant for mutant in mutants(source) if not is_explained(module, mutant)]
    if len(found) <= most:
        return found
    return [found[index * len(found) // most] for index in range(most)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--most", type=int, default=20)
    options.add_argument("--named", action="store_true")
    options.add_argument("modules", nargs="*", default=sorted(TARGETS))
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        trees = Trees(Path(place), given.jobs)
        with ThreadPoolExecutor(given.jobs) as pool:
            if given.named:
                return run_named(trees, pool)
            return _run(given.modules, given.most, trees, pool)


def _run(modules: list[str], most: int, trees: Trees, pool: ThreadPoolExecutor) -> int:
    def baseline(module: str) -> float | None:
        """Return the seconds of the unchanged module's tests; None if they fail."""
        with trees.one() as tree:
            began = monotonic()
            return monotonic() - began if tree.passes(TARGETS[module]) else None

    def is_killed(work: Work) -> bool:
        with trees.one() as tree, tree.changed(work.module, work.mutant.source):
            return not tree.passes(TARGETS[work.module], work.seconds)

    taken = dict(zip(modules, pool.map(baseline, modules), strict=True))
    works = [
        Work(module, mutant, TIMES * seconds + GRACE_SECONDS)
        for module, seconds in taken.items()
        if seconds is not None
        for mutant in chosen(module, most)
    ]
    outcomes = list(pool.map(is_killed, works))
    _report(taken, list(zip(works, outcomes, strict=True)))
    return 1 if None in taken.values() else 0


def _report(taken: dict[str, float | None], results: list[tuple[Work, bool]]) -> None:
    for module, seconds in taken.items():
        if seconds is None:
            print(f"{module}: its tests do not pass, or there are none")
            continue
        killed = [is_killed for work, is_killed in results if work.module == module]
        print(f"{module}: {sum(killed)} of {len(killed)} killed")
        for work, is_killed in results:
            if work.module == module and not is_killed:
                print(f"    survives: line {work.mutant.line}: {work.mutant.change}")
    score = 100 * sum(is_killed for _, is_killed in results) / max(1, len(results))
    print(f"{len(results)} mutants, {score:.0f} % killed")


if __name__ == "__main__":
    sys.exit(main())
