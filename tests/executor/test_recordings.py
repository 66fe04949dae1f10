"""A recorded end of a hint's example is valid exactly while all that decides the end is the same."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from executor import LANGUAGES
from executor.conf import config
from executor.images import builder
from executor.sandbox import spec
from tests.support import recordings
from tests.support.recordings import entries, key_of, recorded

ENTRY = next(entry for entry in entries() if entry.name == "js-is-jsx")


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget what is read once a process, before and after."""
    for read_once in (config, recordings._source_hash):
        read_once.cache_clear()
    yield
    for read_once in (config, recordings._source_hash):
        read_once.cache_clear()


@pytest.mark.parametrize(
    "changed",
    [
        {"example": ENTRY.example + " "},
        {"stdin": "1\n"},
        {"limits": {"cpu_seconds": 1}},
        {"language": "typescript"},
    ],
)
def test_recording_is_old_if_its_example_has_changed(changed: dict[str, Any]) -> None:
    assert recorded(ENTRY)
    assert recorded(replace(ENTRY, **changed)) is None


@pytest.mark.parametrize(
    "changed", [{"hint": "Another."}, {"sentence": "Another"}, {"asked": True}]
)
def test_recording_stays_valid_if_only_words_and_conditions_have_changed(
    changed: dict[str, Any],
) -> None:
    assert recorded(replace(ENTRY, **changed))


@pytest.mark.parametrize(("name", "value"), [("ENVIRONMENT", {}), ("SECCOMP_PROFILE", "{}")])
def test_recording_is_old_if_the_sandbox_has_changed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: dict[Any, Any] | str
) -> None:
    monkeypatch.setattr(spec, name, value)
    assert recorded(ENTRY) is None


@pytest.mark.parametrize("part", ["boot.cjs", "shared/supervisor/input.c", "Dockerfile"])
def test_recording_is_old_if_a_file_of_the_image_has_changed(
    monkeypatch: pytest.MonkeyPatch, fresh: None, part: str
) -> None:
    sources = builder.image_sources(LANGUAGES["javascript"])
    monkeypatch.setattr(builder, "image_sources", lambda _: sources | {part: sources[part] + b"\n"})
    assert recorded(ENTRY) is None


@override_settings(EXECUTOR_CPUS=2.0, EXECUTOR_MEMORY_BYTES=2**28, EXECUTOR_RUNTIME="crun")
def test_recording_is_valid_whatever_the_settings_of_a_machine_are(fresh: Any) -> None:
    assert all(recorded(entry) for entry in entries())
    assert key_of(ENTRY) == recordings._file()["examples"][ENTRY.name]["key"]
