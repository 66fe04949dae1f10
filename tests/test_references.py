"""Names in backticks in a document exist: files, directories, settings, constants, functions."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import FOLDERS, ROOT, paths, texts

OTHERS = {"CHANGELOG.md", "docs/errors.md"}
"""CHANGELOG.md also names past things, docs/errors.md has lines of programs."""
DOCUMENTS = sorted(path for path in paths() if path.endswith(".md") and path not in OTHERS)
MADE = {"deploy/certs/"}
"""Directories that are not in the repository."""
NOT_OURS = {
    *("docker.io", "HTTPS_PROXY", "PIP_INDEX_URL"),  # Debian's package, and variables of pip
    "ATOMIC_REQUESTS",  # Django
    "containers.run",  # docker-py
    "delete_queue",  # rabbitmqctl
    *("deprecate_fields", "extend_schema_serializer"),  # drf-spectacular
    *("proxy_buffering", "proxy_read_timeout", "client_max_body_size"),  # nginx
    "softnet_stat",  # the kernel
    *("kernel.core_pattern", "net.core.somaxconn"),
    *("batch.finished", "id.timestamp.body"),  # the webhooks' format
    *("db.sqlite3", "site.env"),  # files that a deployment has
    "script.ts",  # a program
    *("Math.random()", "performance.now()", "process.pid", "process.uptime()"),  # JavaScript
    "user.submissions",  # Django makes it
    *(
        f"sce_pool_{name}_total" for name in ("again", "created", "destroyed", "failures")
    ),  # put together
}


@cache
def quoted(document: Any) -> Any:
    """Return the names in backticks, without code blocks."""
    prose = re.sub(r"```.*?```", "", texts()[document], flags=re.DOTALL)
    return sorted(set(re.findall(r"`([^`\n]+)`", prose)) - NOT_OURS)


@cache
def words(owner: str = "") -> Any:
    """Return the words of the code, or those of the owner: a module, package or class."""
    inside = re.compile(rf"(^|/){owner}(/|\.\w+$)")
    found = set()
    for path, content in texts().items():
        is_code = not path.endswith(".md") and path != "tests/test_references.py"
        if is_code and (not owner or inside.search(path) or f"class {owner}" in content):
            found.update(re.findall(r"\w+", content))
    return found


def unknown(pattern: str, is_known: Any) -> list[tuple[str, str]]:
    """Find each (document, name) that matches the pattern and does not exist."""
    return [
        (document, match[0])
        for document in DOCUMENTS
        for span in quoted(document)
        for match in re.finditer(pattern, span)
        if match[0] not in NOT_OURS and not is_known(match)
    ]


def test_files_that_documents_name_exist() -> None:
    ends = "|".join({Path(path).suffix[1:] for path in paths()} - {""})
    known = {"/".join(Path(path).parts[start:]) for path in paths() for start in range(8)}
    pattern = rf"(?<![\w/.:~*<>-])[\w-][\w./-]*\.(?:{ends})(?![\w.-])"
    assert unknown(pattern, lambda match: match[0] in known) == []


def test_directories_that_documents_name_exist() -> None:
    pattern = rf"^(?:{'|'.join(FOLDERS)})/(?:[\w.-]+/)*$"
    assert unknown(pattern, lambda match: match[0] in MADE or (ROOT / match[0]).is_dir()) == []


def test_settings_constants_and_functions_that_documents_name_exist() -> None:
    known = words() | {Path(path).stem for path in paths()}
    assert unknown(r"\w*[^\W_]_\w+", lambda match: match[0] in known) == []


def test_members_that_documents_name_exist() -> None:
    """For example `intake.submit`: the module, package or class before the dot has the name after it."""
    ends = {Path(path).suffix[1:] for path in paths()}
    pattern = r"^(?:\w+\.)*([A-Za-z]\w+)\.([A-Za-z]\w+)(?:\(\))?$"
    assert unknown(pattern, lambda match: match[2] in ends | words(match[1])) == []


TEST = re.compile(
    r"(?P<file>(?:tests/[\w/]*)?\btest_\w+\.py)|(?P<names>(?:::\w+)+)|\b(?P<name>test_\w+)"
)
"""A file of tests; names in the one before, as in `::TestSignUp::test_one`; or a test of any file."""


@cache
def defined(path: str) -> frozenset[str]:
    nodes = ast.walk(ast.parse(texts()[path]))
    return frozenset(
        node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)
    )


def missing_tests(row: str) -> list[str]:
    """Return the files and tests that a row names and that do not exist."""
    files = [path for path in paths() if re.match(r"tests/(.*/)?test_\w+\.py$", path)]
    missing, before = [], files
    for match in TEST.finditer(row):
        if file := match["file"]:
            before = [path for path in files if path == file or path.endswith(f"/{file}")]
            is_known = bool(before)
        else:
            among = before if match["names"] else files
            names = set((match["names"] or match["name"]).split("::")) - {""}
            is_known = any(names <= defined(path) for path in among)
        if not is_known:
            missing.append(match[0])
    return missing


def test_tests_that_the_table_of_findings_names_exist() -> None:
    rows = texts()["docs/penetration-test.md"].splitlines()
    assert [name for row in rows for name in missing_tests(row)] == []


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ("`tests/test_words.py`, `test_docs.py`", []),
        ("tests/test_wards.py::test_x", ["tests/test_wards.py", "::test_x"]),
        ("`tests/test_references.py::test_members_that_documents_name_exist`, `::defined`", []),
        ("tests/test_references.py::test_nothing[a], ::defined", ["::test_nothing"]),
        ("`tests/test_words.py::test_members_that_documents_name_exist`", ["::test_members_that_"]),
        ("red: `test_members_that_documents_name_exist`, `test_of_nothing`", ["test_of_nothing"]),
    ],
)
def test_test_that_does_not_exist_is_found(row: str, missing: list[str]) -> None:
    assert [found[:20] for found in missing_tests(row)] == [name[:20] for name in missing]
