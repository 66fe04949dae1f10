"""The pool: idle sandboxes, their callers, and their removal."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from docker import APIClient
from docker.utils import kwargs_from_env

from executor import LANGUAGES, Cancellation, ImageMissing, RunRequest, default_limits
from executor.choices import images
from executor.conf import config
from executor.execute import ignore
from executor.limits import Limits, MiB
from executor.pool.pool import MAX_AGE_SECONDS, Pool
from executor.sandbox.container import Sandbox
from executor.sandbox.engine import containers
from executor.sandbox.output import Output
from executor.sandbox.spec import LABEL_INSTANCE, LABEL_SOURCE
from tests.support.offer import changed, offering
from tests.support.programs import run
from tests.support.waiting import eventually

pytestmark = pytest.mark.docker

OWN = default_limits()


@contextmanager
def take(
    pool: Pool, limits: Limits = OWN, *, read_only: bool = True
) -> Iterator[tuple[Sandbox, bool]]:
    with pool.sandbox(LANGUAGES["python"], limits, read_only=read_only) as lease:
        yield lease.sandbox, lease.warm


def waiting(pool: Pool) -> list[Sandbox]:
    # Private: a test kills or ages the very sandboxes that wait.
    return [sandbox for idle in pool._idle.of.values() for sandbox in idle.sandboxes]


def limit_of(sandbox: Sandbox) -> int:
    """Return the memory limit of a sandbox, as the engine knows it."""
    with closing(APIClient(version="auto", **kwargs_from_env())) as client:
        found: dict[str, Any] = client.inspect_container(sandbox.container_id)
    return int(found["HostConfig"]["Memory"])


def is_full(pool: Pool) -> bool:
    return pool.state().ready == pool.state().target


@pytest.fixture
def full_pool(make_pool: Callable[..., Pool]) -> Pool:
    pool = make_pool(pool_size=2)
    pool.start()
    eventually(lambda: is_full(pool))
    return pool


def test_pool_that_was_not_started_keeps_nothing(
    make_pool: Callable[..., Pool], instance: str
) -> None:
    pool = make_pool()
    with take(pool) as (_, warm):
        assert not warm
        assert pool.state().busy == 1
    eventually(lambda: pool.state().destroyed == 1)
    assert containers(f"{LABEL_INSTANCE}={instance}") == []


def test_started_pool_gives_warm_sandboxes_the_oldest_first_and_refills(full_pool: Pool) -> None:
    with take(full_pool) as (first, first_is_warm), take(full_pool) as (second, second_is_warm):
        assert (first_is_warm, second_is_warm) == (True, True)
        assert first.started < second.started
        eventually(lambda: is_full(full_pool))


def test_sandbox_is_never_used_twice(full_pool: Pool) -> None:
    seen = []
    for _ in range(4):
        with take(full_pool) as (sandbox, _):
            seen.append(sandbox.container_id)
    assert len(set(seen)) == 4


def test_warm_sandbox_runs_a_program(full_pool: Pool) -> None:
    with take(full_pool) as (sandbox, warm):
        output = Output(1000, ignore)
        sandbox.run(
            RunRequest(code="print(2 + 2)", limits=default_limits()), output, Cancellation()
        )
    assert (warm, output.stdout.text) == (True, "4\n")


@pytest.mark.parametrize(
    "lower",
    [
        {"wall_seconds": 1},
        {"cpu_seconds": 1},
        {"output_bytes": 1},
        {"memory_bytes": 64 * MiB},
        {"processes": 16},
    ],
)
def test_lower_limits_are_served_warm(full_pool: Pool, lower: dict[str, Any]) -> None:
    with take(full_pool, replace(OWN, **lower)) as (_, warm):
        assert warm


@pytest.mark.parametrize(
    ("limits", "read_only"),
    [
        (replace(OWN, memory_bytes=256 * MiB), True),
        (replace(OWN, processes=128), True),
        (replace(OWN, disk_files=100), True),
        (OWN, False),
    ],
)
def test_limits_of_the_container_are_served_cold(
    full_pool: Pool, limits: Limits, read_only: bool
) -> None:
    with take(full_pool, limits, read_only=read_only) as (_, warm):
        assert not warm
    assert is_full(full_pool)


def test_dead_sandbox_is_never_handed_out(full_pool: Pool, instance: str) -> None:
    client = APIClient(version="auto", **kwargs_from_env())
    for container in containers(f"{LABEL_INSTANCE}={instance}"):
        client.kill(container["Id"])
    client.close()
    dead = waiting(full_pool)
    eventually(lambda: not any(sandbox.is_waiting() for sandbox in dead))
    with take(full_pool) as (sandbox, _):
        assert sandbox not in dead
        assert sandbox.is_waiting()
    assert full_pool.state().failures == 2


def test_sandbox_that_has_waited_too_long_is_replaced(full_pool: Pool) -> None:
    old, *others = waiting(full_pool)
    old.started -= MAX_AGE_SECONDS
    full_pool._retire()  # private: its thread looks only every minute
    left = waiting(full_pool)  # the next one may have started already
    assert old not in left
    assert all(one in left for one in others)
    eventually(lambda: is_full(full_pool))


def test_program_that_raises_in_our_hands_costs_its_sandbox(full_pool: Pool) -> None:
    with pytest.raises(ZeroDivisionError), take(full_pool):
        raise ZeroDivisionError
    eventually(lambda: full_pool.state().destroyed == 1)


def test_closed_pool_leaves_nothing(full_pool: Pool, instance: str) -> None:
    full_pool.close()
    full_pool.close()
    assert containers(f"{LABEL_INSTANCE}={instance}") == []
    state = full_pool.state()
    assert (state.busy, state.created) == (0, state.destroyed)


def test_pool_closed_while_it_fills_leaves_nothing(
    make_pool: Callable[..., Pool], instance: str
) -> None:
    pool = make_pool(pool_size=4)
    pool.start()
    eventually(lambda: pool.state().created)
    pool.close()
    assert containers(f"{LABEL_INSTANCE}={instance}") == []


def test_run_under_way_survives_the_pools_close(full_pool: Pool) -> None:
    with take(full_pool) as (sandbox, _):
        full_pool.close()
        output = Output(1000, ignore)
        sandbox.run(RunRequest(code="print(1)", limits=default_limits()), output, Cancellation())
    assert output.stdout.text == "1\n"
    assert full_pool.state().busy == 0


def test_missing_image_is_reported_and_the_pool_recovers_later(
    make_pool: Callable[..., Pool],
) -> None:
    prefix = f"test-{uuid4().hex[:12]}"
    pool = make_pool(image_prefix=prefix)
    pool.start()
    with pytest.raises(ImageMissing, match="build_images"), take(pool):
        pass
    client = APIClient(version="auto", **kwargs_from_env())
    try:
        for slug in images():
            client.tag(f"{config().image_prefix}-{slug}", f"{prefix}-{slug}")
        eventually(lambda: is_full(pool))
    finally:
        pool.close()
        for slug in images():
            client.remove_image(f"{prefix}-{slug}", noprune=True)
        client.close()


@pytest.fixture
def own_images() -> Iterator[tuple[str, Callable[..., str]]]:
    """Return a prefix, and a function that gives the name of Python's image to another one."""
    prefix = f"test-{uuid4().hex[:12]}"
    client = APIClient(version="auto", **kwargs_from_env())
    like = f"{config().image_prefix}-python"

    def tag(**labels: str) -> str:
        recipe = io.BytesIO(f"FROM {like}\nENV TEST={uuid4().hex}\n".encode())
        for _ in client.build(fileobj=recipe, tag=f"{prefix}-python", labels=labels, rm=True):
            pass
        made.append(client.inspect_image(f"{prefix}-python")["Id"])
        return made[-1]

    made: list[str] = []
    yield prefix, tag
    for image in made:
        client.remove_image(image, force=True)
    client.close()


def test_image_of_the_same_sources_is_used_at_once(
    own_images: tuple[str, Callable[..., str]], make_pool: Callable[..., Pool]
) -> None:
    prefix, tag = own_images
    pool = make_pool(image_prefix=prefix, pool_size=0)
    first, second = tag(), ""
    with take(pool) as (sandbox, _):
        assert sandbox.image == first
        second = tag()
    with take(pool) as (sandbox, _):
        assert sandbox.image == second


def test_image_of_other_sources_waits_for_a_restart(
    own_images: tuple[str, Callable[..., str]],
    make_pool: Callable[..., Pool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    prefix, tag = own_images
    pool, first = make_pool(image_prefix=prefix, pool_size=0), tag()
    for _ in range(2):
        with take(pool) as (sandbox, _):
            assert sandbox.image == first
        other = tag(**{LABEL_SOURCE: "of another version"})
    assert caplog.text.count("restart to use it") == 1
    with take(make_pool(image_prefix=prefix, pool_size=0)) as (sandbox, _):
        assert sandbox.image == other


def test_language_whose_image_is_missing_keeps_no_other_from_being_idle(
    make_pool: Callable[..., Pool],
) -> None:
    with changed("javascript", runtime_of="nothing"):
        pool = make_pool(pool_size=3)  # it lacks as many as the first
        pool.start()
        eventually(lambda: pool.state().ready == {"python": 3, "javascript": 0, "typescript": 1})
        with (
            pytest.raises(ImageMissing),
            pool.sandbox(LANGUAGES["javascript"], OWN, read_only=True),
        ):
            pass


def test_idle_sandboxes_have_the_limits_that_their_language_needs(
    make_pool: Callable[..., Pool],
) -> None:
    with changed("javascript", memory_bytes=160 * MiB), offering("python", "javascript"):
        pool = make_pool()
        pool.start()
        eventually(lambda: is_full(pool))
        own = LANGUAGES["javascript"].limits(OWN)
        lower = replace(own, memory_bytes=150 * MiB)
        for limits in (own, lower):
            with pool.sandbox(LANGUAGES["javascript"], limits, read_only=True) as lease:
                assert lease.warm
                assert limit_of(lease.sandbox) == limits.memory_bytes
            eventually(lambda: is_full(pool))


def test_state_adds_up(full_pool: Pool) -> None:
    with take(full_pool):
        eventually(lambda: is_full(full_pool))
        state = full_pool.state()
        assert (state.ready, state.busy) == ({"python": 2, "javascript": 2, "typescript": 1}, 1)
        assert (state.created, state.destroyed, state.failures) == (6, 0, 0)
    eventually(lambda: full_pool.state().destroyed == 1)
    assert full_pool.state().busy == 0


def test_sixty_runs_in_parallel_lose_no_byte() -> None:
    code = """
        import sys
        name = sys.argv[1]
        for n in range(400):
            sys.stdout.write(f"{name} {n:05} {'o' * 100}\\n")
            sys.stderr.write(f"{name} {n:05} {'e' * 100}\\n")
    """

    def one(n: Any) -> Any:
        return n, run(code, args=(f"{n:02}",))

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(one, range(60)))
    for n, result in results:
        for text, letter in ((result.stdout, "o"), (result.stderr, "e")):
            assert text == "".join(f"{n:02} {i:05} {letter * 100}\n" for i in range(400))
    assert len({(result.sandbox, result.run_number) for _, result in results}) == 60
