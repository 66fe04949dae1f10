"""Changes that an outside review made without any test's notice, and the test that now notices each."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .tree import ROOT, Trees


@dataclass(frozen=True, kw_only=True, slots=True)
class Sabotage:
    """An entry of sabotages.toml."""

    what: str
    file: str
    old: str
    new: str
    test: str

    def content(self) -> str:
        """Return the file with the change. Raises ValueError if the place is not exactly one."""
        before = (ROOT / self.file).read_text()
        if before.count(self.old) != 1:
            raise ValueError(f"{self.file} has {self.old!r} {before.count(self.old)} times")
        return before.replace(self.old, self.new)


def read() -> list[Sabotage]:
    """Read all entries."""
    text = (Path(__file__).parent / "sabotages.toml").read_text()
    return [Sabotage(**entry) for entry in tomllib.loads(text)["sabotage"]]


def run(trees: Trees, pool: ThreadPoolExecutor) -> int:
    """Make each change, run its test, and print whether the test notices. 0 if all are noticed."""

    def outcome(one: Sabotage) -> str:
        with trees.one() as tree:
            if not tree.passes([one.test], with_docker=True):
                return "its test fails without the change"
            with tree.changed(one.file, one.content()):
                if tree.passes([one.test], with_docker=True):
                    return "not noticed"
        return "noticed"

    found = read()
    outcomes = list(pool.map(outcome, found))
    for one, told in zip(found, outcomes, strict=True):
        print(f"{told}: {one.what} ({one.file}; {one.test})")
    print(f"{outcomes.count('noticed')} of {len(found)} noticed")
    return 0 if set(outcomes) == {"noticed"} else 1
