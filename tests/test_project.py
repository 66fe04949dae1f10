"""The repository as a whole: version, hooks, workflow."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

import pytest
import yaml
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config import __version__
from tests.support.documents import ROOT, text, texts
from tests.support.present import present


def test_version_stands_in_one_place() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "config.__version__"}
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == __version__


def test_changelog_begins_with_the_version() -> None:
    first = present(
        re.search(r"^## (\S+) – (?:unreleased|\d{4}-\d\d-\d\d)$", text("CHANGELOG.md"), re.M)
    )
    assert first[1] == __version__


def needs_with_extras(distribution: str) -> set[tuple[str, str]]:
    """Name each package, with its extra, that an installed distribution needs."""
    try:
        lines = requires(distribution) or []
    except PackageNotFoundError:  # locked for another system
        return set()
    needs = [Requirement(line) for line in lines]
    return {
        (canonicalize_name(need.name), extra)
        for need in needs
        if need.marker is None or need.marker.evaluate({"extra": ""})
        for extra in need.extras
    }


# A pip of 2023, which comes with Python 3.11, takes `coverage[toml]` for another package than the
# pinned `coverage`: it looks for a version of its own, and fails on the day a newer one comes out.
@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_locked_packages_have_the_extras_that_others_need(file: str) -> None:
    pins = re.findall(r"^(\S+?)(?:\[(\S+)\])?==", text(file), re.MULTILINE)
    locked = {(name, extra) for name, extras in pins for extra in extras.split(",")}
    needed = {need for name, _ in pins for need in needs_with_extras(name)}
    assert needed - locked == set()


@pytest.mark.xdist_group("project")
def test_tests_of_a_group_share_a_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist sends a group to one process by the end of a test's id. With a version of pytest that
    it does not fit, it sends the tests anywhere and says nothing."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@project")


def lint_targets() -> Any:
    return present(re.search(r"^lint: ((?:lint-\w+ )+)", text("Makefile"), re.MULTILINE))[1].split()


def test_hooks_are_what_lint_runs() -> None:
    (local,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == [
        f"make --silent {target}" for target in lint_targets()
    ]


@pytest.fixture
def workflow() -> Any:
    return yaml.safe_load(text(".github/workflows/ci.yml"))


def test_workflow_runs_the_two_commands_of_the_readme(workflow: Any) -> None:
    script = "\n".join(s.get("run", "") for job in workflow["jobs"].values() for s in job["steps"])
    commands = present(
        re.search(r"## Two commands.*?```sh\n(.*?)```", text("README.md"), re.DOTALL)
    )[1]
    for line in commands.splitlines():
        assert re.search(rf"^{line.partition('  ')[0]}\b", script, re.MULTILINE), line


def test_workflow_may_only_read_and_runs_every_week(workflow: Any) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    assert "schedule" in workflow[True]  # YAML 1.1 reads the key `on` as true


@pytest.mark.parametrize("target", ["test-coverage", "test-named"])
def test_workflow_runs_what_takes_long_every_week(workflow: Any, target: str) -> None:
    jobs = [
        job
        for job in workflow["jobs"].values()
        if any(step.get("run") == f"make {target}" for step in job["steps"])
    ]
    assert [job["if"] for job in jobs] == ["github.event_name == 'schedule'"]
    assert re.search(rf"^{target}:", text("Makefile"), re.MULTILINE)


def test_actions_have_exact_versions(workflow: Any) -> None:
    uses = [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]
    assert uses
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", action) for action in uses)


def test_names_of_tests_are_short(request: pytest.FixtureRequest) -> None:
    """No process starts with one above 128 KiB in its environment, where pytest puts it."""
    assert max(len(item.nodeid) for item in request.session.items) < 2000


def modules_whose_long_tests_run() -> set[str]:
    """Name the modules that a command of the Makefile gives to pytest with their long tests."""
    commands = re.findall(r"^\t.*", text("Makefile").replace("\\\n", " "), re.MULTILINE)
    runs = [one for one in commands if "not long" not in one]
    names = [name for one in runs for name in re.findall(r"\btests/[\w/*.]+", one)]
    found = [path for name in names for path in ROOT.glob(name)]
    return {
        str(module.relative_to(ROOT))
        for path in found
        for module in (path.rglob("*.py") if path.is_dir() else [path])
    }


def test_every_long_test_belongs_to_a_target() -> None:
    long = {
        path
        for path, content in texts().items()
        if path.startswith("tests/") and re.search(r"pytest\.mark\.long\b", content)
    }
    assert long - modules_whose_long_tests_run() == set()
