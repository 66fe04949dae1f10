"""How the example of each hint ended in a sandbox, so that its words can be made again without one.

`python -m tests.support.recordings` runs the examples that have no recording, or an old one, and writes
recorded_hints.json. A recording counts only while all that decides how its example ends is the same: the
program, its limits, the files of the image, the arguments of the container. The version of the runtime
comes from the distribution and may change in any build: `changed_runtimes` compares it with the images.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from executor import (
    LANGUAGES,
    Evidence,
    Limits,
    RunRequest,
    RunResult,
    execute,
    image_of,
    offered,
    shutdown,
)
from executor.explanation.diagnostics import explain
from executor.explanation.entry import Entry
from executor.explanation.hints import HINTS
from executor.images.builder import source_hash
from executor.sandbox.spec import container_spec
from executor.uncaught import Related, Uncaught
from executor.verdicts import classify

PLACE = Path(__file__).with_name("recorded_hints.json")
AT_ONCE = 3
"""Examples that run at the same time while they are recorded."""
WALL_SECONDS = 60
KEY_DIGITS = 16
TEXT_CHARACTERS = 20 * 1024
"""The most that is kept of the end of a text, from which words are made."""

_told: ContextVar[list[tuple[Any, ...]]] = ContextVar("told")


@dataclass(frozen=True)
class Recording:
    """What the product's words for the end of a run were made from."""

    key: str
    told: list[Any]
    """The arguments of `explain` after the request: verdict, evidence, stderr, the runtime's report, …"""


def entries() -> list[Entry]:
    return [entry for some in HINTS.values() for entry in some]


def request_of(entry: Entry) -> RunRequest:
    """Make the request for an example: with its own limits, and with time enough for a busy machine.

    All else is the project's own default, so that the settings of a machine make no recording old.
    """
    patient: dict[str, Any] = {"wall_seconds": WALL_SECONDS, **entry.limits}
    limits = replace(Limits(), **patient)
    code = entry.example.lstrip("\n")
    return RunRequest(code=code, language=entry.language, stdin=entry.stdin, limits=limits)


def key_of(entry: Entry) -> str:
    """Hash all that decides how an example ends, except the version of the runtime."""
    request = request_of(entry)
    parts = (
        request.code,
        request.stdin,
        asdict(request.limits),
        _source_hash(LANGUAGES[entry.language].image),
        container_spec(
            LANGUAGES[entry.language],
            request.limits,
            image="",
            instance="",
            owner="",
            runtime="runc",
            uid=0,
        ),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:KEY_DIGITS]


@cache
def _source_hash(slug: str) -> str:
    return source_hash(LANGUAGES[slug])


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PLACE.read_text())
    return found


def recorded(entry: Entry) -> Recording | None:
    """Look up the recording of an example; None if there is none, or an old one."""
    found = _file()["examples"].get(entry.name)
    return Recording(**found) if found and found["key"] == key_of(entry) else None


def replay(entry: Entry, recording: Recording) -> RunResult:
    """Make the words for a recorded end, as for a run."""
    request = request_of(entry)
    _, facts, stderr, report, *others = recording.told
    evidence = Evidence(**facts)
    verdict = classify(evidence)
    words = explain(request, verdict, evidence, stderr, _report(report), *others)
    return RunResult(
        verdict=verdict,
        stderr=stderr,
        error=words.sentence,
        error_details=words.details,
        exit_code=evidence.exit_code,
        limits=request.limits,
        evidence=evidence,
    )


def _report(found: dict[str, Any] | None) -> Uncaught | None:
    if found is None:
        return None
    cause = found.get("cause")
    related = {
        "notes": tuple(found.get("notes", ())),
        "cause": Related(**cause) if cause else None,
        "group": tuple(Related(**member) for member in found.get("group", ())),
    }
    return Uncaught(**{**found, **related})


def changed_runtimes() -> list[str]:
    """List the offered languages whose image has another version of the runtime than was recorded."""
    then: Mapping[str, str] = _file()["runtimes"]
    return [
        slug
        for slug in then
        if slug in offered() and image_of(LANGUAGES[slug]).runtime != then[slug]
    ]


# Recording.


def _shown(value: Any) -> Any:
    """Make a JSON value of an argument of `explain`; of a dataclass, what differs from its defaults."""
    if isinstance(value, Evidence | Uncaught):
        plain = {one.name: one.default for one in fields(value)}
        return {
            name: held for name, held in asdict(value).items() if held not in (plain[name], (), {})
        }
    return value[-TEXT_CHARACTERS:] if isinstance(value, str) else value


@contextmanager
def _listening() -> Iterator[None]:
    """Note the arguments with which the product asks for the words of a run."""

    def hear(request: RunRequest, *told: Any) -> Any:
        _told.get().append(told)
        return explain(request, *told)

    with patch("executor.execute.explain", hear):
        yield


def _record(entry: Entry) -> Recording:
    heard: list[tuple[Any, ...]] = []
    _told.set(heard)
    execute(request_of(entry))
    [told] = heard
    return Recording(key_of(entry), [_shown(value) for value in told])


def main() -> None:
    """Run each example that has no valid recording, and write the file."""
    then: Mapping[str, str] = _file()["runtimes"]
    runtimes = {
        slug: image_of(LANGUAGES[slug]).runtime if slug in offered() else then.get(slug, "")
        for slug in sorted({entry.language for entry in entries()})
    }
    kept = {
        entry.name: found
        for entry in entries()
        if runtimes[entry.language] == then.get(entry.language) and (found := recorded(entry))
    }
    missing = [entry for entry in entries() if entry.name not in kept]
    with _listening(), ThreadPoolExecutor(AT_ONCE) as threads:
        new = dict(
            zip([entry.name for entry in missing], threads.map(_record, missing), strict=True)
        )
    examples = {entry.name: asdict({**kept, **new}[entry.name]) for entry in entries()}
    written = {"runtimes": runtimes, "examples": examples}
    PLACE.write_text(json.dumps(written, indent=1) + "\n")
    print(f"{len(new)} examples were run, {len(kept)} recordings are kept")


if __name__ == "__main__":
    import django

    django.setup()
    try:
        main()
    finally:
        shutdown()
