"""Every language's folder is complete, and its programs end as expected."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from executor import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Language,
    RunRequest,
    Verdict,
    execute,
    limits_of,
    offered,
)
from executor.management.commands.document_languages import page

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {
    Verdict.OK,
    Verdict.RUNTIME_ERROR,
    Verdict.TIME_LIMIT_EXCEEDED,
    Verdict.MEMORY_LIMIT_EXCEEDED,
    Verdict.OUTPUT_LIMIT_EXCEEDED,
}
"""Each language has at least one program for each of these."""

in_each_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A row of a language's programs.toml, and its file."""

    code: str
    verdict: str = "ok"
    stdout: str | None = None
    error: str | None = None
    stdin: str = ""
    args: tuple[str, ...] = ()
    limits: dict[str, Any]


def programs_of(language: Language) -> Iterator[tuple[str, Program]]:
    folder = ROOT / "executor" / "languages" / language.folder / "programs"
    for name, row in tomllib.loads((folder / "programs.toml").read_text()).items():
        (file,) = folder.glob(f"{name}.*")
        assert file.suffix in language.suffixes, file
        defaults = {"args": [], "limits": {}} | row
        args = tuple(defaults.pop("args"))
        yield name, Program(code=file.read_text(), args=args, **defaults)


PROGRAMS = [
    pytest.param(language, program, id=f"{language.slug}-{name}")
    for language in offered().values()
    for name, program in programs_of(language)
]


@pytest.mark.docker
@pytest.mark.parametrize(("language", "program"), PROGRAMS)
def test_program_ends_as_its_language_says(language: Language, program: Program) -> None:
    limits = replace(limits_of(language), **program.limits)
    result = execute(
        RunRequest(
            code=program.code,
            language=language.slug,
            stdin=program.stdin,
            args=program.args,
            limits=limits,
        )
    )
    assert result.verdict == program.verdict, result
    if program.stdout is not None:
        assert result.stdout == program.stdout
    if program.error is None:
        assert (result.error is None) == (program.verdict == "ok"), result
    else:
        assert (result.error or "").startswith(program.error), result
    assert "/sandbox/" not in result.stderr


@pytest.mark.docker
@pytest.mark.parametrize("language", offered().values(), ids=offered())
def test_example_of_a_language_prints_hello_world(language: Language) -> None:
    request = RunRequest(code=language.hello, language=language.slug, limits=limits_of(language))
    result = execute(request)
    assert (result.verdict, result.stdout) == ("ok", "Hello World\n")


@in_each_language
def test_programs_of_a_language_show_the_most_important_ends(language: Language) -> None:
    shown = dict(programs_of(language))
    assert {Verdict(program.verdict) for program in shown.values()} >= SHOWN
    folder = ROOT / "executor" / "languages" / language.folder / "programs"
    assert {path.stem for path in folder.iterdir()} == {*shown, "programs"}


@in_each_language
def test_editor_and_pages_know_how_to_colour_a_language(language: Language) -> None:
    assert finders.find(f"django_ace/ace/mode-{language.editor_mode}.js")


def test_default_language_comes_first() -> None:
    assert next(iter(LANGUAGES)) == DEFAULT_LANGUAGE


def test_endings_of_program_files_belong_to_one_language_and_its_environments() -> None:
    families = [language for language in LANGUAGES.values() if not language.extends]
    suffixes = [suffix for language in families for suffix in language.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") for suffix in suffixes)


def test_document_lists_the_languages() -> None:
    document = ROOT / "docs" / "languages.md"
    assert document.read_text() == page(), "run manage.py document_languages"


def test_languages_are_the_folders() -> None:
    folder = ROOT / "executor" / "languages"
    assert {path.parent.name for path in folder.glob("*/__init__.py")} == {
        language.folder for language in LANGUAGES.values()
    }
