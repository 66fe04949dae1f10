"""One site for the tests of all clients."""

import os
from collections.abc import Iterator

import pytest

from tools.site import Service, service


@pytest.fixture(scope="package")
def served() -> Iterator[Service]:
    with service(EXECUTOR_INSTANCE=f"clients-{os.getpid()}", EXECUTOR_POOL_SIZE="1") as running:
        yield running
