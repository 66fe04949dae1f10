"""Copies of the work tree, for changes and runs of tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[2]
UNUSED_PLUGINS = ("cacheprovider", "cov", "hypothesispytest", "randomly", "xdist")
"""Plugins of pytest that these runs do without. Most of a run is its start."""


class Tree:
    """A copy of the work tree, for changes and test runs."""

    def __init__(self, place: Path, database: Path) -> None:
        """`database` is a database with all tables, which each run of tests starts with."""
        self._root = place / "tree"
        self._var = place / "var"
        self._database = database
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

    def passes(
        self, tests: list[str], seconds: float | None = None, *, with_docker: bool = False
    ) -> bool:
        """Return whether the tests pass in time."""
        if not all((self._root / name.partition("::")[0]).exists() for name in tests):
            return False  # pytest without a file would run everything
        # Rows that a killed test left behind would fail the next one.
        shutil.rmtree(self._var, ignore_errors=True)
        self._var.mkdir()
        shutil.copy(self._database, self._var / "test.sqlite3")
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "--reuse-db", *tests]
        command += [] if with_docker else ["-m", "not docker"]
        for plugin in UNUSED_PLUGINS:
            command += ["-p", f"no:{plugin}"]
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
    def changed(self, name: str, content: str) -> Iterator[None]:
        """Give a file another content within the block."""
        file = self._root / name
        before = file.read_text()
        file.write_text(content)
        try:
            yield
        finally:
            file.write_text(before)


class Trees:
    """Some copies; each is used by one thread at a time."""

    def __init__(self, place: Path, count: int) -> None:
        database = _with_all_tables(place)
        self._free: SimpleQueue[Tree] = SimpleQueue()
        for number in range(count):
            self._free.put(Tree(place / str(number), database))

    @contextmanager
    def one(self) -> Iterator[Tree]:
        tree = self._free.get()
        try:
            yield tree
        finally:
            self._free.put(tree)


def _with_all_tables(place: Path) -> Path:
    """Make the database that each run of tests starts with."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        check=True,
        env={**os.environ, "VAR_DIR": str(place)},
    )
    return place / "db.sqlite3"
