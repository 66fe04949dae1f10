"""`manage.py build_images`: builds what changed and nothing else."""

import io
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from docker import APIClient
from docker.utils import kwargs_from_env

from executor import LANGUAGES, EngineError
from executor.conf import config
from executor.images import builder
from executor.images.builder import LABEL_SOURCE, OFFICIAL_BASE, ImageBuilder
from executor.images.versions import runtime_version
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_RUNTIME
from tests.support.threads import in_a_new_thread

PYTHON = LANGUAGES["python"]
DOCKERFILE = "ARG BASE\nFROM ${BASE} AS python\n"


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A small source tree: its one image is a copy of the real one."""
    (tmp_path / "executor" / "languages" / "python").mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "executor" / "languages" / "python" / "run.py").write_text("1")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def prefix():
    """For images that exist for one test."""
    name = f"test-{uuid4().hex[:12]}"
    yield name
    client = APIClient(version="auto", **kwargs_from_env())
    for image in client.images(filters={"reference": f"{name}-*"}):
        client.remove_image(image["RepoTags"][0], noprune=True)
    client.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "Dockerfile").write_text(DOCKERFILE + "\n"),
        lambda root: (root / "executor" / "languages" / "python" / "run.py").write_text("2"),
        lambda root: (root / "executor" / "languages" / "python" / "new").write_text(""),
        lambda root: (root / "executor" / "languages" / "python" / "run.py").rename(
            root / "executor" / "languages" / "python" / "runner.py"
        ),
    ],
    ids=["Dockerfile", "content", "new file", "name"],
)
def test_every_change_of_the_sources_changes_their_hash(sources, change):
    before = builder.source_hash(PYTHON)
    assert builder.source_hash(PYTHON) == before
    change(sources)
    assert builder.source_hash(PYTHON) != before


def test_nothing_else_changes_the_hash(sources):
    before = builder.source_hash(PYTHON)
    (sources / "README.md").write_text("x")
    cache = sources / "executor" / "languages" / "python" / "__pycache__"
    cache.mkdir()
    (cache / "run.pyc").write_text("x")
    assert builder.source_hash(PYTHON) == before


@pytest.mark.docker
def test_images_that_are_up_to_date_are_left_alone():
    def ids():
        return [engine.image(f"{config().image_prefix}-{slug}")["Id"] for slug in LANGUAGES]

    images = ImageBuilder(config().image_prefix, print)
    assert all(images.is_up_to_date(language) for language in LANGUAGES.values())
    before, out = ids(), io.StringIO()
    call_command("build_images", stdout=out)
    assert out.getvalue() == "==> the sandbox images are up to date\n"
    assert ids() == before


@pytest.mark.docker
def test_image_is_built_labelled_and_outdated_by_a_change(sources, prefix):
    steps = []
    images = ImageBuilder(prefix, steps.append)
    assert not images.is_up_to_date(PYTHON)
    runtime = images.build(PYTHON, f"{config().image_prefix}-python")
    labels = engine.image(f"{prefix}-python")["Config"]["Labels"]
    assert runtime.startswith("Python 3.")
    assert (labels[LABEL_RUNTIME], labels[LABEL_SOURCE]) == (runtime, builder.source_hash(PYTHON))
    assert steps[0] == "Step 1/2 : ARG BASE"
    assert images.is_up_to_date(PYTHON)
    (sources / "executor" / "languages" / "python" / "run.py").write_text("changed")
    assert not images.is_up_to_date(PYTHON)


@pytest.mark.docker
def test_build_that_fails_is_told_and_tags_nothing(sources, prefix):
    (sources / "Dockerfile").write_text(DOCKERFILE + "COPY no-such-file /\n")
    images = ImageBuilder(prefix, lambda line: None)
    with pytest.raises(EngineError, match="no-such-file"):
        images.build(PYTHON, f"{config().image_prefix}-python")
    assert not images.is_up_to_date(PYTHON)


@pytest.mark.docker
def test_base_that_is_there_is_used_again(prefix):
    client = APIClient(version="auto", **kwargs_from_env())
    client.tag(f"{config().image_prefix}-python", f"{prefix}-base", builder.SUITE)
    client.close()
    found = ImageBuilder(prefix, print).base(renew=False)
    assert found in (OFFICIAL_BASE, f"{prefix}-base:{builder.SUITE}")


@pytest.mark.docker
def test_runtime_is_known_from_the_images_label():
    assert runtime_version(LANGUAGES["python"]).startswith("Python 3.")
    assert runtime_version(LANGUAGES["javascript"]).startswith("Node.js v")


def test_engine_that_is_away_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(CommandError, match="Docker engine"):
        in_a_new_thread(lambda: call_command("build_images"))
