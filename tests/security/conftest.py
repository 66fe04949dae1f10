"""A deployment for each test. After each test and module, nothing of what was attacked is left."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from executor.pool import pool
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.leftovers import of_this_process, settled


@pytest.fixture(scope="module", autouse=True)
def _no_container_is_left() -> Iterator[None]:
    yield
    pool.pool().close()
    pool.pool.forget()
    left = of_this_process()
    settled(of_this_process)
    assert not left


@pytest.fixture
def instance() -> Iterator[str]:
    name = f"test-{uuid4().hex[:12]}"
    yield name
    assert engine.containers(f"{LABEL_INSTANCE}={name}") == []
