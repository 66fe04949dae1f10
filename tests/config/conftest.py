import pytest

from tests.support.connecting import close_all, serving


@pytest.fixture(autouse=True)
def _close_what_was_connected():
    yield
    close_all()


@pytest.fixture
def server():
    with serving() as running:
        yield running
