"""Real containers, and a check that none is left."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from executor import shutdown
from executor.conf import config
from executor.pool.pool import Pool, pool
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.boxes import Boxes, boxes
from tests.support.leftovers import found, of_this_process, settled
from tests.support.slots import skip_without_slots


@pytest.fixture(scope="module", autouse=True)
def _no_container_of_ours_is_left() -> Iterator[None]:
    """Check after each module. A closed pool stays closed, so the next module gets a new one."""
    yield
    if pool.is_made():
        shutdown()
        pool.forget()
        # At once: a closed pool leaves nothing to wait for.
        left = of_this_process()
        settled(of_this_process)
        assert not left


@pytest.fixture
def instance() -> Iterator[str]:
    """Return the name of a deployment for one test; check that it leaves nothing."""
    name = f"test-{uuid4().hex[:12]}"
    yield name
    left = found(f"{LABEL_INSTANCE}={name}")
    settled(lambda: found(f"{LABEL_INSTANCE}={name}"))
    assert not left


@pytest.fixture(params=["container", "slot"])
def lane(request: pytest.FixtureRequest, instance: str) -> Iterator[Boxes]:
    """Run a test in a container that serves one run, and in a slot."""
    if request.param == "slot":
        skip_without_slots()
    with boxes(nested=request.param == "slot", instance=instance) as made:
        yield made


@pytest.fixture
def make_pool(instance: str) -> Iterator[Callable[..., Pool]]:
    """Return a function that makes pools of that deployment; close them after the test."""
    made = []

    def make(**over: Any) -> Pool:
        made.append(Pool(replace(config(), **{"instance": instance, "pool_size": 1, **over})))
        return made[-1]

    yield make
    for one in made:
        one.close()
