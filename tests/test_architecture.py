"""The rules of imports and of places, checked in the source."""

import ast
import re
from collections.abc import Iterator, Set
from contextlib import suppress
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import get_resolver

import executor
import executor.experiments
from tests.support.documents import ROOT

OURS = ("config", "executor", "submissions", "tools", "tests")
GENERATED = ("migrations",)

INSIDE_FUNCTIONS = {
    # Registers checks; they import settings, which are not ready when the app is loaded.
    ("executor/apps.py", "executor.checks"),
    ("submissions/apps.py", "submissions.ops.checks"),
    # Registers the admin's classes; they import models, which are not ready before the apps.
    ("submissions/admin_config.py", "submissions.admin.registry"),
    # Every Python process of a program loads this file, and only the first needs these.
    ("executor/languages/python/sitecustomize.py", "_frozen_importlib.ModuleSpec"),
    ("executor/languages/python/sitecustomize.py", "_imp"),
    ("executor/languages/python/sitecustomize.py", "atexit"),
    ("executor/languages/python/sitecustomize.py", "builtins"),
    ("executor/languages/python/sitecustomize.py", "marshal"),
    ("executor/languages/python/sitecustomize.py", "sandbox_session"),
    ("executor/languages/python/sandbox_pickle.py", "cloudpickle.cloudpickle"),
    *(("executor/languages/python/sandbox_session.py", one) for one in ("pickle", "pickletools")),
}
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "lib", "base", "core"}
WORDS_OF_MCP = {"tools", "tools/call", "tools/list"}
"""Its messages name tools too."""
PRODUCT = ("config", "executor", "submissions")


def parsed(path: Path) -> ast.Module:
    """Parse a file, and try again if another thread disturbs it.

    CPython 3.11 counts the parser's depth for all threads together. A thread that prints a traceback
    parses the line at fault, and so can make another thread's parser fail with SystemError.
    """
    for _ in range(10):
        with suppress(SystemError):
            return ast.parse(path.read_text(), str(path))
    return ast.parse(path.read_text(), str(path))


@cache
def sources() -> dict[str, ast.Module]:
    """Parse each of our Python files, by its path from the root."""
    return {
        str(path.relative_to(ROOT)): parsed(path)
        for path in sorted(
            [ROOT / "manage.py", *(p for top in OURS for p in (ROOT / top).rglob("*.py"))]
        )
        if not set(path.parts) & set(GENERATED)
        # These files run in sandboxes.
        and path.parent != ROOT / "executor" / "experiments" / "python"
        and "programs" not in path.parts
    }


def files(*tops: str) -> list[str]:
    return [path for path in sources() if path.split("/")[0] in tops]


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def names(path: str, node: ast.AST) -> Iterator[str]:
    """Yield the dotted names that an import statement may load; of `from a import b` both a and a.b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = path.split("/")[: -node.level] if node.level else []
        base = ".".join([*parts, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def imports(path: str) -> frozenset[str]:
    return frozenset(name for node in ast.walk(sources()[path]) for name in names(path, node))


def importing(package: str, *tops: str) -> set[str]:
    """Find the files that import the package or anything in it."""
    return {
        path
        for path in files(*tops)
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


SITE = (  # a part of `submissions` imports only parts on lower lines
    {"urls", "startup", "apps", "admin_config", "models", "management", "templatetags"},
    {"api", "pages", "admin", "ops", "mcp", "dialects"},
    {"http", "serializers"},
    {"orders"},
    {"dispatch"},
    {"audit"},
    {"accounts", "sharing", "webhooks", "lists"},
    {"lifecycle"},
    {"telemetry", "quotas", "files"},
    {"periodic"},
)
ENGINE = (  # a part of `executor`, likewise
    {"management"},
    {"apps"},
    {"checks", "experiments", "images"},
    {"execute"},
    {"pool", "explanation", "admission"},
    {"sandbox"},
    {"runs", "choices"},
    {"languages", "files"},
    {"conf"},
    {"limits", "verdicts", "uncaught", "errors", "cancellation", "owner", "single"},
)
LAYERS = {"config": (), "submissions": SITE, "executor": ENGINE}
"""From the top: each package imports only the packages after it."""
NOT_CODE = {"__init__", "migrations", "static"}


def part_of(path: str) -> str:
    return path.split("/")[1].removesuffix(".py")


def upward(top: str, path: str, names: Set[str]) -> set[tuple[str, str]]:
    """Find the names that a file of `top` may not import, nor load by a string."""
    halves = list(LAYERS)
    floors = {part: floor for floor, parts in enumerate(LAYERS[top]) for part in parts}
    here = floors.get(part_of(path), -1)  # -1: `__init__`, which may import every part
    found = set()
    for name in names:
        first, _, rest = name.partition(".")
        if first in halves[: halves.index(top)]:
            found.add((path, name))
        there = rest.partition(".")[0]
        if first == top and there in floors and there != part_of(path) and floors[there] <= here:
            found.add((path, name))
    return found


def loaded_by_string(path: str) -> set[str]:
    """Find our dotted names in strings, as settings and import_module take them."""
    return {
        node.value
        for node in ast.walk(sources()[path])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"(config|executor|submissions)(\.[a-z_]+)+(\.\w+)?", node.value)
        if (ROOT / Path(*node.value.split(".")[:2])).with_suffix(".py").exists()
        or (ROOT / Path(*node.value.split(".")[:2])).is_dir()
    }


@pytest.mark.parametrize("top", ["submissions", "executor"])
def test_imports_go_down(top: str) -> None:
    found = set()
    for path in files(top):
        found |= upward(top, path, imports(path) | loaded_by_string(path))
    assert found == set()


@pytest.mark.parametrize("top", ["submissions", "executor"])
def test_every_part_has_its_line(top: str) -> None:
    there = {
        path.name.removesuffix(".py")
        for path in (ROOT / top).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert there - NOT_CODE == set().union(*LAYERS[top])


@pytest.mark.parametrize(
    ("part", "above"),
    [
        (part, above)
        for lower, upper in pairwise(reversed(SITE))
        for part in lower
        for above in upper
    ],
)
def test_import_from_a_higher_layer_is_noticed(part: str, above: str) -> None:
    path = f"submissions/{part}/made_up.py"
    assert upward("submissions", path, {f"submissions.{above}.anything"})
    assert not upward("submissions", f"submissions/{above}.py", {f"submissions.{part}.anything"})


DOORS = ("api", "dialects", "mcp", "pages")


@pytest.mark.parametrize(
    ("door", "other"), [(door, other) for door in DOORS for other in DOORS if door != other]
)
def test_door_that_knows_another_is_noticed(door: str, other: str) -> None:
    path = f"submissions/{door}/made_up.py"
    assert upward("submissions", path, {f"submissions.{other}.anything"})


def test_dialects_do_not_know_each_other() -> None:
    """They share the module `dialect`, and `urls` puts them together."""
    beside = {"__init__", "urls", "dialect"}
    names = {path.stem for path in (ROOT / "submissions/dialects").glob("[!_]*")} - beside
    assert names == set(settings.EXECUTOR_DIALECTS)
    found = {
        (path, other)
        for path in files("submissions")
        for other in names
        if path.startswith("submissions/dialects/")
        and path.split("/")[2] not in {f"{other}.py", other}
        if path != "submissions/dialects/urls.py"
        if path in importing(f"submissions.dialects.{other}", "submissions")
    }
    assert found == set()


def test_http_stays_in_the_outer_parts() -> None:
    """Other parts of `submissions` import neither rest_framework nor django.http. Exceptions: signing in
    and the log are about requests."""
    outer = {"api", "pages", "admin", "ops", "mcp", "dialects", "http", "serializers"}
    users = importing("rest_framework", "submissions") | importing("django.http", "submissions")
    assert {path for path in users if part_of(path) not in outer | {"accounts", "urls"}} == {
        "submissions/telemetry/logs.py"
    }


def test_values_read_no_settings() -> None:
    values = {"limits", "verdicts", "uncaught", "errors", "cancellation", "owner", "runs"}
    values |= {"languages", "files"}
    readers = importing("django", "executor") | importing("executor.conf", "executor")
    assert {path for path in readers if part_of(path) in values} == set()


def test_submissions_imports_only_the_public_face_of_executor() -> None:
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


def strings(path: str) -> Iterator[str]:
    """Yield every literal string, with docstrings and the fixed parts of f-strings."""
    for node in ast.walk(sources()[path]):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def matching(pattern: str, *tops: str) -> set[tuple[str, str]]:
    """Find the strings that match the pattern, each with its file."""
    return {
        (path, text) for path in files(*tops) for text in strings(path) if re.search(pattern, text)
    }


def test_the_product_does_not_know_its_tools() -> None:
    assert importing("tools", *PRODUCT) == set()
    found = matching(r"\btools[./]\w|-m tools\b|^tools$", *PRODUCT)
    assert {(path, text) for path, text in found if text not in WORDS_OF_MCP} == set()


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """Yield the fixed beginnings of the site's addresses."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield "/" + re.split(r"[<(\\]", address)[0].rstrip("/")


def test_executor_knows_no_table_command_or_address_of_what_is_above() -> None:
    commands = [path.stem for path in (ROOT / "submissions/management/commands").glob("[!_]*.py")]
    tables = [model._meta.db_table for model in apps.get_app_config("submissions").get_models()]
    known = set(addresses(get_resolver().url_patterns)) - {"/"}
    assert {"/run", "/api/pool", "/healthz"} <= known
    words = "|".join(map(re.escape, ["submissions", *commands, *tables]))
    # Not the path of a file that only begins so, such as /run/docker.sock.
    paths = "|".join(map(re.escape, sorted(known)))
    assert matching(rf"{words}|((?<![\w/.])|://[^/]*)({paths})(?!/?\w)", "executor") == set()


def test_web_image_holds_the_product_only() -> None:
    """`.dockerignore` lists the files of the image; the others come from packages."""
    listed = (ROOT / ".dockerignore").read_text().splitlines()
    assert listed[1] == "*"
    let_in = {line.removeprefix("!") for line in listed if line.startswith("!")}
    assert let_in == {*PRODUCT, "docs", "templates", "manage.py", "requirements.txt"}


def test_docker_is_spoken_to_in_two_modules_and_pygments_in_one() -> None:
    """Pygments takes hours for some texts, so it reads the site's own documents only."""
    engine = {"executor/sandbox/engine.py", "executor/images/builder.py"}
    assert importing("docker", *PRODUCT) == engine
    assert importing("pygments", *PRODUCT) == {"submissions/pages/docs/markdown.py"}


def test_executor_uses_django_only_at_its_border() -> None:
    rim = {"executor/apps.py", "executor/conf.py", "executor/checks.py"}
    assert {
        path
        for path in importing("django", "executor") - rim
        if not path.startswith("executor/management/")
    } == set()


def test_the_executor_works_without_its_experiments() -> None:
    users = {
        path
        for path in importing("executor.experiments", "executor")
        if not path.startswith("executor/experiments/")
    }
    assert users == {"executor/management/commands/sandbox_drill.py"}


@pytest.mark.parametrize("package", [*PRODUCT, "tools"])
def test_imports_have_no_cycle(package: str) -> None:
    modules = {module_name(path): path for path in files(package)}
    # Importing anything in a package loads its `__init__`; its imports of the rest are no cycle.
    graph = {m: imports(p) & modules.keys() - {m, package} for m, p in modules.items()}
    while leaves := {module for module, needs in graph.items() if not needs & graph.keys()}:
        graph = {module: needs for module, needs in graph.items() if module not in leaves}
    assert graph == {}


def test_guarded_tables_are_written_in_the_known_modules_only() -> None:
    """The manager `objects` refuses at runtime; these modules name the manager that does not."""
    writers = {
        path
        for path in files("config", "executor", "submissions")
        for node in ast.walk(sources()[path])
        if isinstance(node, ast.Attribute) and node.attr == "written"
    }
    assert writers == {
        "submissions/lifecycle/intake.py",
        "submissions/lifecycle/queue.py",
        "submissions/lifecycle/typed.py",
        "submissions/audit/chain.py",
        "submissions/audit/accounts/erasure.py",
        "submissions/audit/accounts/holds.py",
        "submissions/audit/retention.py",
    }
    assert importing("submissions.lifecycle.statements", "config", "executor", "submissions") == {
        "submissions/lifecycle/intake.py",
        "submissions/lifecycle/attempt.py",
    }


def test_imports_inside_functions_are_the_known_ones() -> None:
    found = {
        (path, name)
        for path in files("config", "executor", "submissions")
        for function in ast.walk(sources()[path])
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        for name in list(names(path, node))[-1:]
    }
    assert found == INSIDE_FUNCTIONS


def test_tests_share_code_through_support_only() -> None:
    """A test module that another imports can't be changed by itself."""
    programs = [2 * ["tests", "mutants"], 2 * ["tests", "services"]]
    shared = {
        (path, name)
        for path in files("tests")
        for name in imports(path)
        if name.startswith("tests.")
        and not f"{name}.".startswith("tests.support.")
        and path.split("/")[:2] + name.split(".")[:2] not in programs
    }
    assert shared == set()


def test_modules_are_named_by_what_they_hold() -> None:
    """Folders too. `tools/` is the exception: it measures the product."""
    named = {path: re.sub(r"^(tests/)?tools/", "", path.removesuffix(".py")) for path in sources()}
    assert {path for path, name in named.items() if VAGUE & set(name.split("/"))} == set()


def test_no_file_has_more_than_four_hundred_lines() -> None:
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > 400} == {}
