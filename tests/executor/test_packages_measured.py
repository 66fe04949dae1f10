"""What a loaded numpy and pandas save: pairs of a run over HTTP and the bare interpreter, in turn."""

import subprocess
from collections.abc import Iterator
from statistics import median
from time import monotonic

import pytest

from executor.conf import config
from tests.support.waiting import eventually
from tools.site import Service, service

pytestmark = [pytest.mark.docker, pytest.mark.long, pytest.mark.alone]

PAIRS = 9
CODE = "import numpy, pandas; print(pandas.DataFrame({'a': numpy.arange(3)}).sum()['a'])"
DRIVER = f"""
import subprocess, time
start = time.monotonic()
subprocess.run(["python3", "-c", {CODE!r}], check=True, stdout=subprocess.DEVNULL)
print(time.monotonic() - start)
"""
ALL = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@pytest.fixture(scope="module")
def site() -> Iterator[Service]:
    with service(DJANGO_HTTPS="no", EXECUTOR_POOL_SIZE="4", RUN_RATE="10000/d") as running:
        eventually(lambda: running.pool_state().ready["python-data"] > 1)
        yield running


@pytest.fixture(scope="module")
def bare() -> Iterator[str]:
    """Return a container of the environment's image, without sandbox, limits or runner."""
    variables = [part for name in ALL for part in ("--env", f"{name}=1")]
    image = f"{config().image_prefix}-python-data"
    command = ["docker", "run", "--detach", "--rm", "--network=none", *variables]
    command += ["--entrypoint", "/bin/sleep", image, "600"]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    yield name
    subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)


def bare_seconds(container: str) -> float:
    """Measure the interpreter inside the container, so that `docker exec` itself does not count."""
    command = ["docker", "exec", container, "python3", "-c", DRIVER]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def http_seconds(site: Service) -> float:
    eventually(lambda: site.pool_state().ready["python-data"] > 0)
    start = monotonic()
    answer = site.run(CODE, "python-data")
    seconds = monotonic() - start
    assert answer.json()["output"] == "3\n"
    return seconds


def test_run_takes_a_small_part_of_what_the_bare_interpreter_takes(
    site: Service, bare: str
) -> None:
    http_seconds(site), bare_seconds(bare)  # the first of each reads from the disk
    pairs = [(http_seconds(site), bare_seconds(bare)) for _ in range(PAIRS)]
    runs, plain = (median(part) for part in zip(*pairs, strict=True))
    ratio = median(run / other for run, other in pairs)
    print(f"\nover HTTP {runs * 1000:.0f} ms, bare {plain * 1000:.0f} ms, ratio {ratio:.2f}")
    assert ratio < 1
