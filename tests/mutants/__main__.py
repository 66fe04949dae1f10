"""`make test-mutants`: change the pure modules in small ways, and see whether their tests fail.

Each mutant is one change (operators.py) in a copy of the tree, and is killed if a test of its module
fails.
The work tree is not touched. The choice is the same each time: MOST of a module, spread over its length.

    python -m tests.mutants [--jobs 2] [--most 20] [module …]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

from .operators import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
SUBMISSIONS, EXECUTOR = "tests/submissions", "tests/executor"

TARGETS = {
    "executor/admission/admission.py": [f"{EXECUTOR}/test_admission.py"],
    "executor/explanation/diagnostics.py": [f"{EXECUTOR}/test_diagnostics.py"],
    "executor/languages/javascript/diagnostics.py": [f"{EXECUTOR}/test_diagnostics.py"],
    "executor/languages/python/diagnostics.py": [f"{EXECUTOR}/test_diagnostics.py"],
    "executor/limits.py": [f"{EXECUTOR}/test_limits_and_spec.py"],
    "executor/sandbox/output.py": [f"{EXECUTOR}/test_output.py"],
    "executor/owner.py": [f"{EXECUTOR}/test_owner.py"],
    "executor/sandbox/protocol.py": [f"{EXECUTOR}/test_protocol.py"],
    "executor/pool/idle.py": [f"{EXECUTOR}/test_idle.py"],
    "executor/verdicts.py": [f"{EXECUTOR}/test_verdicts.py"],
    "submissions/accounts/attempts.py": [f"{SUBMISSIONS}/test_attempts.py"],
    "submissions/audit/chain.py": [
        f"{SUBMISSIONS}/test_audit.py",
        f"{SUBMISSIONS}/test_sealing.py",
    ],
    "submissions/api/framework/authentication.py": [f"{SUBMISSIONS}/test_accounts.py"],
    "submissions/quotas/counting.py": [
        f"{SUBMISSIONS}/test_ratelimits.py",
        f"{SUBMISSIONS}/test_storage.py",
    ],
    "submissions/webhooks/egress.py": [f"{SUBMISSIONS}/test_egress.py"],
    "submissions/lifecycle/queue.py": [
        f"{SUBMISSIONS}/test_queue.py",
        f"{SUBMISSIONS}/test_recovery.py",
    ],
    "submissions/quotas/rates.py": [f"{SUBMISSIONS}/test_ratelimits.py"],
    "submissions/accounts/usernames.py": [f"{SUBMISSIONS}/test_usernames.py"],
    "submissions/webhooks/signing.py": [f"{SUBMISSIONS}/test_webhook_secrets.py"],
}
"""Modules that decide by their arguments or by the database, each with its tests."""

TIMES = 5
"""The time for a mutant's tests, as a multiple of the unchanged module's; GRACE_SECONDS are added."""
GRACE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Work:
    """A mutant and the tests to run against it."""

    module: str
    mutant: Mutant
    seconds: float


class Tree:
    """A copy of the work tree, for changes and test runs."""

    def __init__(self, place: Path) -> None:
        self._root = place / "tree"
        self._var = place / "var"
        names = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for name in names:
            if (ROOT / name).is_file():
                (self._root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self._root / name)

    def run(self, module: str, seconds: float | None = None) -> bool:
        """Return whether the module's tests pass in time."""
        if not all((self._root / name).exists() for name in TARGETS[module]):
            return False  # pytest without a file would run everything
        # Rows that a killed test left behind would fail the next one.
        shutil.rmtree(self._var, ignore_errors=True)
        tests = TARGETS[module]
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-m", "not docker", *tests]
        command += ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-p", "no:randomly"]
        process = subprocess.Popen(
            command,
            cwd=self._root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "VAR_DIR": str(self._var)},
            start_new_session=True,
        )
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return False

    @contextmanager
    def changed(self, module: str, source: str):
        file = self._root / module
        before = file.read_text()
        file.write_text(source)
        try:
            yield
        finally:
            file.write_text(before)


def chosen(module: str, most: int) -> list[Mutant]:
    """Choose at most `most` of the module's mutants, evenly spread."""
    found = list(mutants((ROOT / module).read_text()))
    if len(found) <= most:
        return found
    return [found[index * len(found) // most] for index in range(most)]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--most", type=int, default=20)
    options.add_argument("modules", nargs="*", default=sorted(TARGETS))
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        return _run(given.modules, given.jobs, given.most, Path(place))


def _run(modules: list[str], jobs: int, most: int, place: Path) -> int:
    free: SimpleQueue[Tree] = SimpleQueue()
    for number in range(jobs):
        free.put(Tree(place / str(number)))

    def baseline(module: str) -> float | None:
        """Return the seconds of the unchanged module's tests; None if they fail."""
        tree, began = free.get(), monotonic()
        try:
            return monotonic() - began if tree.run(module) else None
        finally:
            free.put(tree)

    def is_killed(work: Work) -> bool:
        tree = free.get()
        try:
            with tree.changed(work.module, work.mutant.source):
                return not tree.run(work.module, work.seconds)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(jobs) as pool:
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
