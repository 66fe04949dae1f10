"""After each module, nothing of what was attacked is left."""

from collections.abc import Iterator

import pytest

from executor.pool import pool
from tests.support.leftovers import of_this_process, settled


@pytest.fixture(scope="module", autouse=True)
def _no_container_is_left() -> Iterator[None]:
    yield
    pool.pool().close()
    pool.pool.forget()
    left = of_this_process()
    settled(of_this_process)
    assert not left
