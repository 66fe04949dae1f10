"""Environments as their folders, recipes and definitions say; test_python_data.py has what one does."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from executor import LANGUAGES, Limits
from executor.images import builder
from executor.images.builder import folder_of, image_sources, source_hash
from executor.images.packages import packages_of
from executor.languages import Language
from executor.sandbox.spec import container_spec

ENVIRONMENTS = {slug: one for slug, one in LANGUAGES.items() if one.extends}
in_each = pytest.mark.parametrize("language", ENVIRONMENTS.values(), ids=ENVIRONMENTS)


@in_each
def test_sandbox_of_an_environment_is_its_languages_but_for_variables(language: Language) -> None:
    def spec(of: Language) -> dict[str, object]:
        made = container_spec(
            of, Limits(), image="i", instance="t", owner="o", runtime="runc", uid=2_000_000_000
        )
        return {name: value for name, value in made.items() if name != "Env"}

    assert spec(language) == spec(LANGUAGES[language.extends])


@in_each
def test_recipe_has_the_languages_own_files_and_those_of_the_environment_apart(
    language: Language,
) -> None:
    whole = LANGUAGES[language.extends]
    own, common = image_sources(language), image_sources(whole)
    assert own.items() >= {key: own[key] for key in common if key != "Dockerfile"}.items()
    assert all(key.startswith("environment/") for key in own.keys() - common.keys())
    recipe = own["Dockerfile"].decode()
    language_ends = recipe.index("FROM language AS environment")
    assert recipe.index("AS language") < language_ends < recipe.index("FROM ${LAST} AS pruned")


def test_change_of_the_language_changes_its_environments_hash_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM sandbox AS language\n")
    folders = builder.folders_of
    monkeypatch.setattr(builder, "folders_of", lambda language: {**folders(language), "": tmp_path})
    before = source_hash(ENVIRONMENTS["python-data"])
    (tmp_path / "runner.py").write_text("1")
    assert source_hash(ENVIRONMENTS["python-data"]) != before


@in_each
def test_packages_are_pinned_with_hashes(language: Language) -> None:
    assert all(packages_of(folder_of(language)).values())


def test_packages_are_those_that_somebody_asked_for(tmp_path: Path) -> None:
    assert packages_of(tmp_path) == {}
    (tmp_path / "requirements.in").write_text("# data\nnumpy\nPyYAML  # files\n")
    (tmp_path / "requirements.txt").write_text(
        "numpy==2.0 \\\n    --hash=sha256:0\nPyYAML==6.0.1 \\\n    --hash=sha256:0\nsix==1 \\\n"
    )
    assert packages_of(tmp_path) == {"numpy": "2.0", "PyYAML": "6.0.1"}
    (tmp_path / "requirements.in").unlink()
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"@a/b": "^1.0.0"}}))
    (tmp_path / "package-lock.json").write_text(
        json.dumps({"packages": {"": {}, "node_modules/@a/b": {"version": "1.2.3"}}})
    )
    assert packages_of(tmp_path) == {"@a/b": "1.2.3"}


def test_environment_is_of_its_languages_family_and_shares_its_hints() -> None:
    data = LANGUAGES["python-data"]
    assert (data.family, data.hints_of, data.image, data.folder) == (
        *("python", "python", "python-data"),
        "python_data",
    )
    typescript = LANGUAGES["typescript"]
    assert (typescript.family, typescript.hints_of) == ("typescript", "javascript")
    assert replace(data, extends="").family == "python-data"
