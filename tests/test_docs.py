"""The documents agree with the code."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from executor import LANGUAGES, LAYERS, Limits, RunRequest, Verdict, default_limits, execute
from executor.sandbox.spec import MASKED_PATHS, container_spec
from submissions.pages.lab.experiment import WEAKENING_GROUP
from tests.support.documents import ROOT, text, variables
from tests.support.present import present

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("variable", variables())
def test_variable_is_in_the_table(variable: str) -> None:
    rows = [line for line in text("docs/configuration.md").splitlines() if line.startswith("|")]
    assert any(f"`{variable}`" in row for row in rows)


def test_readme_counts_the_attacks() -> None:
    attacks = len(tomllib.loads(text("executor/experiments/catalogue.toml"))["experiment"])
    assert f"`/lab/` has {attacks} attacks" in text("README.md")


def test_table_holds_no_variable_that_is_gone() -> None:
    named = set(re.findall(r"^\| `([A-Z_]+)`", text("docs/configuration.md"), re.MULTILINE))
    assert named == set(variables())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_verdict_is_described(verdict: Verdict) -> None:
    assert f"`{verdict}`" in text("docs/api.md")
    assert f"`{verdict}`" in text("docs/security.md")


@pytest.mark.parametrize("limit", [field.name for field in fields(Limits)])
def test_limit_is_described(limit: str) -> None:
    assert f"`{limit}`" in text("docs/api.md")


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_is_described(layer: str) -> None:
    assert f"| {layer}" in text("docs/experiments/README.md")


COMMANDS = sorted((ROOT / "submissions/management/commands").glob("audit_*.py"))
COMMANDS += [ROOT / "executor/management/commands/sandbox_drill.py"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.stem)
def test_command_is_described(command: Path) -> None:
    assert f"`manage.py {command.stem}" in text("docs/security.md")


def endpoints() -> list[str]:
    def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
        for pattern in patterns:
            address = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, address)
            else:
                yield re.sub(r"\(\?P<(\w+)>.*?\)(?=/|$)", r"{\1}", address).replace("\\", "")

    wanted = [address for address in walk(get_resolver().url_patterns) if "format" not in address]
    return sorted({f"/{a}" for a in wanted if a == "run" or a.startswith("api/")})


@pytest.mark.parametrize("endpoint", endpoints())
def test_endpoint_is_described(endpoint: str) -> None:
    shown = endpoint.replace("{pk}", "{id}")
    assert f"`{shown}`" in text("docs/api.md") or f" {shown}`" in text("docs/api.md")


GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.name)
def test_commands_of_a_document_exist(document: Path) -> None:
    written = document.read_text()
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", written, re.MULTILINE)) <= {
        pair for target in targets for pair in ((target, ""), ("", target))
    }
    assert set(re.findall(r"manage\.py ([a-z]\w*)", written)) <= set(get_commands())
    for module in re.findall(r"python3? -m ((?:config|tools|tests)[\w.]*)", written):
        assert find_spec(module), module
    for script in re.findall(r"(?:^|`)(scripts/[\w-]+)", written, re.MULTILINE):
        assert (ROOT / script).is_file(), script


def test_group_that_may_weaken_is_named() -> None:
    assert f"*{WEAKENING_GROUP}*" in text("docs/lab.md")


def hardening() -> Any:
    spec = container_spec(
        LANGUAGES["python"], Limits(), image="", instance="", owner="", runtime="runc", uid=1
    )
    return sorted(spec["HostConfig"])


@pytest.mark.parametrize("key", [*hardening(), "NetworkDisabled", "User", "StdinOnce"])
def test_hardening_is_described(key: str) -> None:
    assert f"`{key}`" in text("docs/security.md")


def test_masked_paths_are_described() -> None:
    assert all(f"`{path}`" in text("docs/security.md") for path in MASKED_PATHS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (document.parent / target).exists(), target


def examples() -> Iterator[ParameterSet]:
    language = ""
    for line in text("README.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith(("| Python |", "| JavaScript |", "| TypeScript |")):
            language = cells[0].lower()
        elif language and line.startswith("| `") and len(cells) == 3:
            yield pytest.param(language, *cells, id=f"{language}-{cells[0][:40]}")
        elif not line.startswith("|"):
            language = ""


@pytest.mark.docker
@pytest.mark.parametrize(("language", "program", "verdict", "told"), list(examples()))
def test_readme_example_is_true(language: str, program: str, verdict: str, told: str) -> None:
    code = present(re.match(r"`(.+?)`(?: with|$)", program))[1]
    request = RunRequest(
        code=code,
        language=language,
        read_only='`"read_only": false`' not in program,
        limits=default_limits(),
    )
    result = execute(request)
    assert result.verdict == verdict.split()[0]
    assert (result.error or "").startswith(told) if told else result.error is None
