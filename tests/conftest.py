"""The cast: alice and bob, two users; staff, who may read everything."""

import base64
import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoDbBlocker

from executor import EngineError, shutdown
from executor.admission.admission import admission
from executor.conf import config
from executor.pool import creation, pool
from executor.sandbox.spec import container_spec
from submissions.accounts.models import ApiToken
from submissions.dispatch import registry
from submissions.dispatch.dispatcher import dispatcher, dispatcher_class, hold
from submissions.dispatch.local import Images
from tests.support import lane, leftovers
from tests.support.clients import PASSWORD, ApiClient, AsUser
from tests.support.quiet import room
from tests.support.services.worker import worker
from tests.support.waiting import PATIENCE_SECONDS

# A crowded machine may need a second for what takes a millisecond.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


@pytest.fixture
def alice(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_user("alice", "alice@example.org", PASSWORD)


@pytest.fixture
def bob(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_user("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def staff(django_user_model: type[User]) -> User:
    return django_user_model.objects.create_superuser("staff", "staff@example.org", PASSWORD)


@pytest.fixture(autouse=True)
def _no_hits_yet() -> None:
    """Empty what is counted by address or user in memory. A rollback does not empty it, and the next
    test's users have the same ids."""
    cache.clear()
    admission.forget()


@pytest.fixture(autouse=True)
def _nothing_known_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what the engine said of the images. The site remembers it for two seconds, so another test's
    substitute for the engine would still be believed."""
    if settings.EXECUTOR_DISPATCH == "inline":
        monkeypatch.setattr(dispatcher(), "_images", Images())


@pytest.fixture
def as_user() -> AsUser:
    """Return a function that makes a client with a user's session."""

    def make(user: User, **options: Any) -> ApiClient:
        client = ApiClient(**options)
        client.force_login(user)
        return client

    return make


@pytest.fixture
def token_of() -> Callable[..., dict[str, str]]:
    """Return a function that makes a user's API token and returns its header."""

    def make(user: User, keyword: str = "Bearer") -> dict[str, str]:
        _, secret = ApiToken.objects.create(user=user, name="test")
        return {"Authorization": f"{keyword} {secret}"}

    return make


@pytest.fixture
def basic() -> Callable[[str, str], dict[str, str]]:
    def make(name: str, password: str) -> dict[str, str]:
        encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}

    return make


LONGEST_ID = 200
"""Characters of a parameter in the name of a test."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Shorten the names of tests with long parameters.

    pytest puts the name into the environment, and with one above 128 KiB no process starts: neither the
    test's own, nor that of a fixture which all later tests of the session need.
    """
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        content = val if isinstance(val, bytes) else val.encode("utf-8", "surrogatepass")
        return f"{argname}-{len(val)}-{hashlib.sha256(content).hexdigest()[:8]}"
    return None


THOROUGH = tuple(
    line
    for line in Path(__file__).with_name("thorough.txt").read_text().splitlines()
    if line and not line.startswith("#")
)
"""How the names of tests begin that `make test` leaves out."""


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the thorough tests. Give tests with a worker transactions: it sees only committed rows."""
    for item in items:
        if item.nodeid.startswith(THOROUGH):
            item.add_marker(pytest.mark.thorough)
    if settings.EXECUTOR_DISPATCH == "celery":
        for item in items:
            if item.get_closest_marker("django_db"):
                item.add_marker(pytest.mark.django_db(transaction=True), append=False)


def pytest_collection_finish() -> None:
    """Take what was collected out of the collector's sight: looking at it takes a second, in any test."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    return f"lane: {lane.in_words()}"


@pytest.fixture(scope="session")
def _worker(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Run the submissions of this process in the distributed mode."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # Knox's table is unused, as ours replaces it, but it refers to users.
            cursor.execute("DROP TABLE IF EXISTS knox_authtoken")
        with worker():
            yield


@pytest.fixture(autouse=True)
def _in_the_room(request: pytest.FixtureRequest) -> Iterator[None]:
    with room(alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture(autouse=True)
def _has_worker(request: pytest.FixtureRequest) -> None:
    if settings.EXECUTOR_DISPATCH == "celery" and request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_worker")
        request.getfixturevalue("transactional_db")
        registry.report()


@pytest.fixture(autouse=True)
def _no_container_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that leaves a container. Containers of the process's pool do not count."""
    uses_docker = request.node.get_closest_marker("docker")
    before = leftovers.of_this_process() if uses_docker else {}
    yield
    if uses_docker:
        left = leftovers.settled(
            lambda: {k: v for k, v in leftovers.of_no_pool().items() if k not in before}
        )
        assert not left, f"left on the engine: {', '.join(left.values())}"


@pytest.fixture(autouse=True)
def _in_its_lane(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    _no_container_outlives_its_test: None,
) -> Iterator[None]:
    """Let the runs of a module share slots, in the fast lane."""
    is_fast = lane.IS_FAST and request.node.get_closest_marker("docker")
    if is_fast and request.node.get_closest_marker("container"):
        lane.use_containers()
    elif is_fast:
        lane.use_slots(monkeypatch, owner=request.node.path.stem)
    yield
    if is_fast and vars(creation)["container_spec"] is not container_spec:  # a test has changed it
        lane.use_containers()  # the pool has such sandboxes, and would hand them to the next test


@pytest.fixture
def running_dispatcher(
    _django_db_marker: None, _no_container_outlives_its_test: None
) -> Iterator[None]:
    """Run queued and streamed submissions within the test. In the distributed mode a worker does."""
    if settings.EXECUTOR_DISPATCH == "celery":
        yield
        return
    made = dispatcher_class()()
    hold(made)
    made.start()
    yield
    made.stop()
    hold(None)


@pytest.fixture
def long_runs() -> Iterator[None]:
    """Let a program that a test ends run for longer than a crowded machine may need to end it."""
    made, before = config(), config().limits
    patient = replace(before, wall_seconds=2.0 * PATIENCE_SECONDS)
    object.__setattr__(made, "limits", patient)  # one frozen object, which all modules share
    yield
    object.__setattr__(made, "limits", before)


@pytest.fixture
def patient_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the end of a run that somebody cancels take longer, as on a crowded machine."""
    monkeypatch.setattr("submissions.orders.END_SECONDS", 2 * PATIENCE_SECONDS)


@pytest.fixture(scope="session", autouse=True)
def _leave_no_sandbox() -> Iterator[None]:
    """Remove the sandboxes of this process at the end, and those of killed tests."""
    with suppress(EngineError):  # some tests need no engine
        leftovers.sweep_after_dead_tests()
    yield
    if pool.pool.is_made():
        shutdown()
        assert not leftovers.settled(leftovers.of_this_process)
