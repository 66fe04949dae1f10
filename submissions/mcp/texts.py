"""Results as text, for models.

The first lines are ours, and what the program printed comes after them: it can imitate them, but not come
before them. Terminal codes and characters that nobody sees are made visible, as on pages.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from executor import plain_text

NEWLINE = "\n"
KEPT = {True: "kept", False: "not kept", None: "not known before the run ends"}


def of_run(run: Mapping[str, Any]) -> str:
    """Return verdict, error and output of a run, as `schemas.shown` has them."""
    details = run["error_details"] or {}
    lines = [f"verdict: {run['verdict']}" if run["verdict"] else f"status: {run['status']}"]
    lines += [
        f"{name}: {plain_text(words)}"
        for name, words in (("error", run["error"]), ("hint", details.get("hint")))
        if words
    ]
    if run["truncated"]:
        lines.append("truncated: output beyond the limit was dropped")
    printed = [
        f"{name}:\n{plain_text(text).removesuffix(NEWLINE)}"
        for name, text in (("stdout", run["output"]), ("stderr", run["stderr"]))
        if text
    ]
    return "\n\n".join(
        ["\n".join(lines), *(printed or ["(no output)"]), *_files(run), *_session(run)]
    )


def _files(run: Mapping[str, Any]) -> list[str]:
    """Return what is said of files, after the output: their names are the program's words, too."""
    lines = [
        f"{plain_text(file['name'])}: {file['size']} bytes, {file['type']}, {file['url']}"
        for file in run["files"]
    ]
    lines += [f"not kept: {count} ({reason})" for reason, count in run["files_left_out"].items()]
    return ["\n".join(["files:", *lines])] if lines else []


def _session(run: Mapping[str, Any]) -> list[str]:
    """Return what is said of a session; the names are the program's words, too."""
    if not (session := run["session"]):
        return []
    lines = [f"session {session['id']}: {KEPT[session['kept']]}"]
    if session["reason"]:
        lines.append(f"reason: {session['reason']}")
    lines += [f"not kept: {one['name']} ({one['reason']})" for one in session["not_kept"]]
    return ["\n".join(lines)]


def of_languages(languages: Iterable[Mapping[str, Any]]) -> str:
    """Return a line for each language."""
    return "\n".join(
        f"{one['slug']}: {one['runtime'] or one['label']}. {one['note']}{_packages_of(one)}".strip()
        for one in languages
    )


def _packages_of(language: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{one['name']} {one['version']}" for one in language["packages"])
    return f" Packages: {packages}." if packages else ""
