from collections.abc import Iterator

import pytest

from config.serving.connections import Server
from tests.support.connecting import close_all, serving


@pytest.fixture(autouse=True)
def _close_what_was_connected() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
