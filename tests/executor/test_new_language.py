"""A language is one folder, and so is an environment: CONTRIBUTING's recipe, in a copy of the project.

tests/support/shell/ is that folder. The tests of every language then run in the copy.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from docker import APIClient
from docker.utils import kwargs_from_env

from executor.choices import images
from executor.conf import config
from executor.images.builder import OFFICIAL_BASE, ImageBuilder

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "support" / "shell"
COPIED = (
    "config",
    "docs",
    "executor",
    "submissions",
    "templates",
    "tests",
    "tools",
    "manage.py",
    "pyproject.toml",
)
SUITE = "trixie"
"""The shell's base, which the real images may share."""
ENVIRONMENT = """
from dataclasses import replace
from ..shell import LANGUAGE as SHELL
LANGUAGE = replace(SHELL, slug="shell-words", label="Shell (words)", extends="shell")
"""
OWN_SETTINGS = ("DATABASE", "EXECUTOR_", "BROKER", "COV_", "PYTEST_", "VAR_DIR")
"""Variables with this beginning belong to the outer tests."""

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def prefix() -> Iterator[str]:
    """Return a prefix for copies of the real images and for the new language's image."""
    name = f"test-{uuid4().hex[:12]}"
    base = ImageBuilder(config().image_prefix, print).base(SUITE, renew=False)
    client = APIClient(version="auto", **kwargs_from_env())
    for slug in images():
        client.tag(f"{config().image_prefix}-{slug}", f"{name}-{slug}")
    if base != OFFICIAL_BASE.format(SUITE):
        client.tag(base, f"{name}-base", SUITE)
    yield name
    for image in client.images(filters={"reference": f"{name}-*"}):
        for tag in image["RepoTags"]:
            if tag.startswith(name):
                client.remove_image(tag, noprune=True)
    client.close()


@pytest.fixture(scope="module")
def in_copy(tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Callable[..., str]:
    """Run Python in a copy of the project with the additional folder."""
    copy = tmp_path_factory.mktemp("project")
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "screenshots")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy / name)
    shutil.copytree(FOLDER, copy / "executor" / "languages" / "shell")
    words = copy / "executor" / "languages" / "shell_words"
    shutil.copytree(FOLDER / "programs", words / "programs")
    (words / "__init__.py").write_text(ENVIRONMENT)
    (words / "Dockerfile").write_text(
        "FROM language AS environment\nCOPY environment/words /words\n"
    )
    (words / "words").write_text("one two\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    environment = {
        **kept,
        "EXECUTOR_IMAGE_PREFIX": prefix,
        "EXECUTOR_LANGUAGES": ",".join([*config().languages, "shell", "shell-words"]),
        "VAR_DIR": str(copy / "var"),
    }

    def run(*arguments: Any) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_folder_alone_makes_a_language_and_another_one_adds_packages_to_it(
    in_copy: Callable[..., str], tmp_path: Path
) -> None:
    built = in_copy("manage.py", "build_images")
    assert "building the sandbox image for Shell" in built
    assert "building the sandbox image for Shell (words)" in built
    assert built.count("building the sandbox image") == 2
    in_copy("manage.py", "document_languages")
    program = "executor/languages/shell/programs/hello.shell"
    assert in_copy("manage.py", "run_code", program) == "Hello World\n"
    (tmp_path / "words.shell").write_text("cat /words")
    extended = ("run_code", tmp_path / "words.shell", "--language", "shell-words")
    assert in_copy("manage.py", *extended) == "one two\n"
    (tmp_path / "make.shell").write_text("echo 1 > made")
    in_copy("manage.py", "run_code", tmp_path / "make.shell", "--outputs", tmp_path / "out")
    assert (tmp_path / "out/made").read_text() == "1\n"
    checks = ["tests/executor/test_languages.py", "tests/submissions/test_languages.py"]
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not python and not javascript and not typescript and not words",
    ]
    in_copy("-m", "pytest", *options, *checks)
