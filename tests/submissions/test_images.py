"""What the site knows of its languages' images, while the engine answers slowly or not at all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from executor import EngineUnavailable, Image, offered
from executor.languages import Language
from submissions.dispatch import local
from tests.support.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what the engine is asked; it answers at once."""
    slugs: list[str] = []

    def image_of(language: Language) -> Image:
        slugs.append(language.slug)
        return Image(is_built=True)

    monkeypatch.setattr(local, "image_of", image_of)
    return slugs


def test_engine_is_asked_once_for_many_requests(asked: list[str]) -> None:
    images = local.Images()
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: images.read(), range(50)):
            assert {slug: image.is_built for slug, image in found.items()} == dict.fromkeys(
                offered(), True
            )
    assert sorted(asked) == sorted(offered())


def test_engine_is_asked_again_after_a_moment(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = local.Images()
    images.read()
    monkeypatch.setattr(local, "FRESH_SECONDS", -1.0)
    images.read()
    assert len(asked) == 2 * len(offered())


def test_requests_do_not_wait_for_an_engine_that_hangs(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images, answers = local.Images(), threading.Event()
    images.read()
    monkeypatch.setattr(local, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(
        local, "FIRST_SECONDS", PATIENCE_SECONDS
    )  # for a site that knows nothing yet
    asked.clear()

    def hanging(language: Language) -> Image:
        asked.append(language.slug)
        answers.wait(PATIENCE_SECONDS)
        raise EngineUnavailable("no answer")

    monkeypatch.setattr(local, "image_of", hanging)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(images.read)
        eventually(lambda: bool(asked))
        begun = time.monotonic()
        assert all(image.is_built for image in images.read().values())  # what was known
        assert time.monotonic() - begun < PATIENCE_SECONDS / 2
        assert not first.done()
        answers.set()
        assert first.result() == dict.fromkeys(offered(), Image())
    assert len(asked) == 1


def test_first_requests_wait_for_the_one_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that has just started knows nothing, and would say that no image is built."""
    images, asking = local.Images(), threading.Event()
    monkeypatch.setattr(local, "FIRST_SECONDS", PATIENCE_SECONDS)

    def slow(language: Language) -> Image:
        asking.set()
        time.sleep(0.05)
        return Image(is_built=True)

    monkeypatch.setattr(local, "image_of", slow)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(images.read)
        assert asking.wait(PATIENCE_SECONDS)
        assert all(image.is_built for image in images.read().values())
        assert first.result() == images.read()
