"""Names in backticks in a document exist: files, directories, settings, constants, functions."""

import re
from functools import cache
from pathlib import Path
from typing import Any

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
