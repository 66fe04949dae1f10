"""Who may import whom, what may stand where: read from the source itself."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

import executor
import executor.experiments

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "executor", "submissions", "tests")
GENERATED = ("migrations",)

INSIDE_FUNCTIONS = {
    # Registers checks; they import settings, which are not ready when the app is loaded.
    ("executor/apps.py", "executor.checks"),
    ("submissions/apps.py", "submissions.ops.checks"),
    # Registers the admin's classes; they import models, which are not ready before the apps.
    ("submissions/admin_config.py", "submissions.admin.registry"),
}
CATALOGUES = {"tests/security/attacks.py", "tests/security/kernel_attacks.py"}
"""Lists, not code: one attack after another."""
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "lib", "base", "core"}
WRITES = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "update"}
WRITES |= {"bulk_update", "delete"}


def parsed(path: Path) -> ast.Module:
    """CPython 3.11 counts how deep it is for all threads together: one that prints a traceback, which
    parses the line at fault, can make another stumble (SystemError)."""
    for _ in range(10):
        with suppress(SystemError):
            return ast.parse(path.read_text(), str(path))
    return ast.parse(path.read_text(), str(path))


@cache
def sources() -> dict[str, ast.Module]:
    """Every Python file of ours by its path from the root."""
    return {
        str(path.relative_to(ROOT)): parsed(path)
        for path in sorted(
            [ROOT / "manage.py", *(p for top in OURS for p in (ROOT / top).rglob("*.py"))]
        )
        if not set(path.parts) & set(GENERATED)
        # What is run in sandboxes.
        and path.parent != ROOT / "executor" / "experiments" / "python"
        and path.parent.name != "programs"
    }


def files(*tops: str) -> list[str]:
    return [path for path in sources() if path.split("/")[0] in tops]


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def names(path: str, node: ast.AST) -> Iterator[str]:
    """Dotted names that an import statement may load; of `from a import b` both a and a.b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = path.split("/")[: -node.level] if node.level else []
        base = ".".join([*parts, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def imports(path: str) -> set[str]:
    return {name for node in ast.walk(sources()[path]) for name in names(path, node)}


def importing(package: str, *tops: str) -> set[str]:
    """The files that import the package or anything in it."""
    return {
        path
        for path in files(*tops)
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


@pytest.mark.parametrize(
    ("half", "above"),
    [("executor", "submissions"), ("executor", "config"), ("submissions", "config")],
)
def test_nobody_imports_what_is_above(half, above):
    assert importing(above, half) == set()


def test_submissions_imports_only_the_public_face_of_executor():
    public = {"executor", *(f"executor.{name}" for name in executor.__all__)}
    public |= {"executor.experiments"}
    public |= {f"executor.experiments.{name}" for name in executor.experiments.__all__}
    found = {
        (path, name)
        for path in files("submissions")
        for name in imports(path)
        if name.startswith("executor")
    }
    # `from executor.execute import …` would name something below the public `executor.execute`.
    assert {(path, name) for path, name in found if name not in public} == set()


def test_docker_is_spoken_to_in_two_modules():
    """And in one that measures how long docker-py itself takes."""
    ours = importing("docker", "config", "executor", "submissions")
    assert ours - {"executor/benchmark/contenders.py"} == {
        "executor/sandbox/engine.py",
        "executor/images/builder.py",
    }


def test_executor_runs_without_django_but_for_its_rim():
    rim = {"executor/apps.py", "executor/conf.py", "executor/checks.py"}
    assert {
        path
        for path in importing("django", "executor") - rim
        if not path.startswith("executor/management/")
    } == set()


def test_the_executor_works_without_its_experiments():
    users = {
        path
        for path in importing("executor.experiments", "executor")
        if not path.startswith("executor/experiments/")
    }
    assert users == {"executor/management/commands/sandbox_drill.py"}


@pytest.mark.parametrize("package", ["executor", "submissions", "config"])
def test_no_import_goes_in_a_circle(package):
    modules = {module_name(path): path for path in files(package)}
    # Importing anything in a package loads its `__init__`; that it gathers the rest is no circle.
    graph = {m: imports(p) & modules.keys() - {m, package} for m, p in modules.items()}
    while leaves := {module for module, needs in graph.items() if not needs & graph.keys()}:
        graph = {module: needs for module, needs in graph.items() if module not in leaves}
    assert graph == {}


def test_submissions_are_written_where_they_run_are_sealed_and_have_to_go():
    """`Submission.objects….update(…)` and its like; an instance is called `submission`."""
    writers = set()
    for path in files("config", "executor", "submissions"):
        for node in ast.walk(sources()[path]):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                chain = ast.unparse(node.func.value)
                if node.func.attr in WRITES and "submission" in re.split(r"\W+", chain.lower()):
                    writers.add(path)
    assert writers == {
        "submissions/lifecycle/intake.py",
        "submissions/lifecycle/queue.py",
        "submissions/audit/chain.py",  # the mark of what is sealed
        "submissions/audit/erasure.py",
        "submissions/audit/retention.py",
    }


def test_the_audits_chain_is_written_in_one_module():
    writers = {
        path
        for path in files("config", "executor", "submissions")
        for node in ast.walk(sources()[path])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and ast.unparse(node.func.value).startswith("AuditEntry")
    }
    assert writers == {"submissions/audit/chain.py"}


def test_imports_inside_functions_are_the_known_ones():
    found = {
        (path, name)
        for path in files("config", "executor", "submissions")
        for function in ast.walk(sources()[path])
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        for name in list(names(path, node))[-1:]
    }
    assert found == INSIDE_FUNCTIONS


def test_modules_are_named_by_what_they_hold():
    stems = {path: Path(path).stem for path in sources()}
    assert {path for path, stem in stems.items() if stem in VAGUE} == set()


def test_no_file_grows_beyond_what_one_can_hold_in_the_head():
    ours = sources().keys() - CATALOGUES
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in ours}
    assert {path: length for path, length in lengths.items() if length > 400} == {}
