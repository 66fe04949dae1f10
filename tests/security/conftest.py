"""After each module, nothing of what was attacked is left."""

import pytest

from executor import engine, pool, this_process
from executor.spec import LABEL_OWNER


@pytest.fixture(scope="module", autouse=True)
def _no_container_is_left():
    yield
    pool.pool().close()
    pool.pool.cache_clear()
    assert not engine.containers(f"{LABEL_OWNER}={this_process()}")
