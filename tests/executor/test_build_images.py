"""`manage.py build_images`: builds changed images and no others."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from docker import APIClient
from docker.utils import kwargs_from_env

from executor import LANGUAGES, EngineError, RunRequest, default_limits, execute
from executor.choices import images
from executor.conf import config
from executor.images import builder
from executor.images.builder import OFFICIAL_BASE, ImageBuilder, source_hash
from executor.images.versions import image_of
from executor.languages import IMAGES
from executor.management.commands import build_images
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_RUNTIME, LABEL_SOURCE
from tests.support.threads import in_a_new_thread

PYTHON, JAVASCRIPT = LANGUAGES["python"], LANGUAGES["javascript"]
LANGUAGE_FOLDER = Path("executor/languages/python")


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a small source tree whose images are copies of the real ones."""
    images = tmp_path / "executor" / "images"
    write(images / "head.Dockerfile", "ARG BASE\n")
    write(images / "tail.Dockerfile", "FROM language\n")
    write(images / "prune.sh", "true")
    write(images / "etc" / "group", "sandbox:x:10001:\n")
    write(tmp_path / "executor" / "sandbox" / "supervisor" / "supervisor.c", "int main;\n")
    for slug in ("python", "javascript"):
        write(
            tmp_path / "executor" / "languages" / slug / "Dockerfile",
            "FROM ${BASE} AS language\n",
        )
    write(tmp_path / LANGUAGE_FOLDER / "run.py", "1")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def prefix() -> Iterator[str]:
    """Return a prefix for images of one test."""
    name = f"test-{uuid4().hex[:12]}"
    yield name
    client = APIClient(version="auto", **kwargs_from_env())
    for image in client.images(filters={"reference": f"{name}-*"}):
        client.remove_image(image["RepoTags"][0], noprune=True)
    client.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write(folder / "Dockerfile", "FROM ${BASE} AS language\n\n"),
        lambda folder: write(folder / "run.py", "2"),
        lambda folder: write(folder / "new", ""),
        lambda folder: (folder / "run.py").rename(folder / "runner.py"),
    ],
    ids=["recipe", "content", "new file", "name"],
)
def test_change_in_a_languages_folder_changes_its_hash_and_no_other(
    sources: Path, change: Callable[..., Any]
) -> None:
    before = [source_hash(language) for language in (PYTHON, JAVASCRIPT)]
    change(sources / LANGUAGE_FOLDER)
    after = [source_hash(language) for language in (PYTHON, JAVASCRIPT)]
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize(
    "changed",
    [
        "images/head.Dockerfile",
        "images/tail.Dockerfile",
        "images/prune.sh",
        "images/etc/group",
        "sandbox/supervisor/supervisor.c",
    ],
)
def test_change_of_what_all_images_share_changes_every_hash(sources: Path, changed: str) -> None:
    before = [source_hash(language) for language in (PYTHON, JAVASCRIPT)]
    (sources / "executor" / changed).write_text("changed")
    after = [source_hash(language) for language in (PYTHON, JAVASCRIPT)]
    assert set(after).isdisjoint(before)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "main.py"),
        ("version_command", ("/usr/bin/python3", "-V")),
        ("suite", "bookworm"),
    ],
)
def test_change_of_a_definition_used_by_the_image_changes_the_hash(
    sources: Path, field: str, value: Any
) -> None:
    assert source_hash(replace(PYTHON, **{field: value})) != source_hash(PYTHON)


@pytest.mark.parametrize(
    "changed",
    [
        "README.md",
        "Dockerfile",
        LANGUAGE_FOLDER / "__pycache__" / "run.pyc",
        LANGUAGE_FOLDER / "__init__.py",
        LANGUAGE_FOLDER / "diagnostics.py",
        LANGUAGE_FOLDER / "hints.toml",
        LANGUAGE_FOLDER / "programs" / "hello.py",
    ],
    ids=str,
)
def test_change_of_what_is_in_no_image_changes_no_hash(sources: Path, changed: Path | str) -> None:
    before = source_hash(PYTHON)
    write(sources / changed, "changed")
    assert source_hash(PYTHON) == before


@pytest.mark.docker
def test_images_that_are_up_to_date_are_left_alone() -> None:
    def ids() -> Any:
        return [engine.image(f"{config().image_prefix}-{slug}")["Id"] for slug in images()]

    builder = ImageBuilder(config().image_prefix, print)
    assert all(builder.is_up_to_date(language) for language in images().values())
    before, out = ids(), io.StringIO()
    call_command("build_images", stdout=out)
    assert out.getvalue() == "==> the sandbox images are up to date\n"
    assert ids() == before


@pytest.mark.docker
def test_image_is_built_labelled_and_outdated_by_a_change(sources: Path, prefix: str) -> None:
    steps: list[str] = []
    images = ImageBuilder(prefix, steps.append)
    assert not images.is_up_to_date(PYTHON)
    runtime = images.build(PYTHON, f"{config().image_prefix}-python", sources / "cache")
    labels = engine.image(f"{prefix}-python")["Config"]["Labels"]
    assert runtime.startswith("Python 3.")
    assert (labels[LABEL_RUNTIME], labels[LABEL_SOURCE]) == (runtime, source_hash(PYTHON))
    assert steps[0] == "Step 1/3 : ARG BASE"
    assert images.is_up_to_date(PYTHON)
    (sources / LANGUAGE_FOLDER / "run.py").write_text("changed")
    assert not images.is_up_to_date(PYTHON)


@pytest.mark.docker
def test_failed_build_is_reported_and_tags_nothing(sources: Path, prefix: str) -> None:
    recipe = "FROM ${BASE} AS language\nCOPY no-such-file /\n"
    (sources / LANGUAGE_FOLDER / "Dockerfile").write_text(recipe)
    images = ImageBuilder(prefix, lambda line: None)
    with pytest.raises(EngineError, match="no-such-file"):
        images.build(PYTHON, f"{config().image_prefix}-python", sources / "cache")
    assert not images.is_up_to_date(PYTHON)


@pytest.mark.docker
def test_bootstrap_that_fails_leaves_no_base_to_build_on(
    prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "mmdebstrap"
    tool.write_text("#!/bin/sh\nexit 3\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(builder, "_install_mmdebstrap", lambda suite, show: None)
    images, name = ImageBuilder(prefix, print), f"{prefix}-base:trixie"
    with pytest.raises(EngineError, match="exit code 3"):
        images._bootstrap(name, "trixie")
    assert not images._exists(name)


@pytest.mark.docker
def test_base_that_is_there_is_used_again(prefix: str) -> None:
    client = APIClient(version="auto", **kwargs_from_env())
    client.tag(f"{config().image_prefix}-python", f"{prefix}-base", "trixie")
    client.close()
    found = ImageBuilder(prefix, print).base("trixie", renew=False)
    assert found in (OFFICIAL_BASE.format("trixie"), f"{prefix}-base:trixie")


@pytest.mark.docker
def test_deployment_may_build_a_language_on_another_release(
    sources: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = APIClient(version="auto", **kwargs_from_env())
    for slug in ("python", "javascript"):
        client.tag(f"{config().image_prefix}-{slug}", f"{prefix}-base", f"for-{slug}")
    client.close()
    suites = {"python": "for-python", "javascript": "for-javascript"}
    own = replace(config(), image_prefix=prefix, suites=suites)
    monkeypatch.setattr(build_images, "config", lambda: own)
    monkeypatch.setattr(
        build_images, "images", lambda: {"python": PYTHON, "javascript": JAVASCRIPT}
    )
    out = io.StringIO()
    call_command("build_images", stdout=out)
    for language in (PYTHON, JAVASCRIPT):
        base = f"{prefix}-base:for-{language.slug}"
        assert f"image for {language.label} on {base}\n" in out.getvalue()
    assert "up to date" in (call_command("build_images", stdout=out), out.getvalue())[1]


@pytest.mark.parametrize("slug", ["pyhton", "typescript"])
def test_release_for_no_image_is_refused(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    own = replace(config(), suites={slug: "bookworm"})
    monkeypatch.setattr(build_images, "config", lambda: own)
    with pytest.raises(CommandError, match=slug):
        call_command("build_images")


@pytest.mark.docker
def test_runtime_is_known_from_the_images_label() -> None:
    assert image_of(LANGUAGES["python"]).runtime.startswith("Python 3.")
    assert image_of(LANGUAGES["javascript"]).runtime.startswith("Node.js v")


@pytest.mark.docker
def test_languages_of_one_runtime_share_its_image() -> None:
    typescript = LANGUAGES["typescript"]
    assert image_of(typescript) == image_of(JAVASCRIPT)
    request = RunRequest(code=typescript.hello, language="typescript", limits=default_limits())
    image = engine.image(f"{config().image_prefix}-javascript")["Id"]
    assert execute(request).image == image
    assert "typescript" not in IMAGES


def test_missing_engine_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(CommandError, match="Docker engine"):
        in_a_new_thread(lambda: call_command("build_images"))
