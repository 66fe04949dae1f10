from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.supervisor.harness import Harness, compile_harness, running


@pytest.fixture(scope="session")
def harness_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_harness(tmp_path_factory.mktemp("supervisor"))


@pytest.fixture(scope="module")
def harness(harness_program: Path) -> Iterator[Harness]:
    """Compile the parts of the supervisor that need no sandbox, with sanitizers; start them."""
    with running(harness_program) as started:
        yield started
