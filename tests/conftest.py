"""The cast: alice and bob, two users; staff, who may look at everything."""

import base64
from contextlib import suppress

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from executor import EngineError, shutdown
from executor.pool import pool
from submissions.accounts.models import ApiToken
from submissions.dispatch import registry
from submissions.dispatch.dispatcher import dispatcher_class, hold
from tests.support import leftovers
from tests.support.clients import PASSWORD, ApiClient
from tests.support.quiet import room
from tests.support.services.worker import worker


@pytest.fixture
def alice(django_user_model):
    return django_user_model.objects.create_user("alice", "alice@example.org", PASSWORD)


@pytest.fixture
def bob(django_user_model):
    return django_user_model.objects.create_user("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("staff", "staff@example.org", PASSWORD)


@pytest.fixture(autouse=True)
def _no_hits_yet():
    """allauth counts in the process's memory, which no rollback empties."""
    cache.clear()


@pytest.fixture
def as_user():
    """Makes a client with a user's session."""

    def make(user, **options):
        client = ApiClient(**options)
        client.force_login(user)
        return client

    return make


@pytest.fixture
def token_of():
    """Makes a user's API token and returns the header that carries it."""

    def make(user, keyword="Bearer"):
        _, secret = ApiToken.objects.create(user=user, name="test")
        return {"Authorization": f"{keyword} {secret}"}

    return make


@pytest.fixture
def basic():
    def make(name, password):
        encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}

    return make


def pytest_collection_modifyitems(items):
    """What a worker is to see has to be committed."""
    if settings.EXECUTOR_DISPATCH == "celery":
        for item in items:
            if item.get_closest_marker("django_db"):
                item.add_marker(pytest.mark.django_db(transaction=True), append=False)


@pytest.fixture(scope="session")
def _worker(django_db_setup, django_db_blocker):
    """Runs what the tests of this process submit, where the tests are of the distributed mode."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # Knox's own, whose place ours has taken: nobody empties it, but it refers to users.
            cursor.execute("DROP TABLE IF EXISTS knox_authtoken")
        with worker():
            yield


@pytest.fixture(autouse=True)
def _in_the_room(request):
    with room(alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture(autouse=True)
def _has_worker(request):
    if settings.EXECUTOR_DISPATCH == "celery" and request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_worker")
        request.getfixturevalue("transactional_db")
        registry.report()


@pytest.fixture(autouse=True)
def _no_container_outlives_its_test(request):
    """The test that leaves one fails, and no other. What the process's pool holds is no leftover."""
    uses_docker = request.node.get_closest_marker("docker")
    before = leftovers.of_this_process() if uses_docker else {}
    yield
    if uses_docker:
        left = leftovers.settled(
            lambda: {k: v for k, v in leftovers.of_no_pool().items() if k not in before}
        )
        assert not left, f"left on the engine: {', '.join(left.values())}"


@pytest.fixture
def running_dispatcher(_django_db_marker, _no_container_outlives_its_test):
    """Runs what is queued or streamed, within the test. In the distributed mode a worker does anyway."""
    if settings.EXECUTOR_DISPATCH == "celery":
        yield
        return
    made = dispatcher_class()()
    hold(made)
    made.start()
    yield
    made.stop()
    hold(None)


@pytest.fixture(scope="session", autouse=True)
def _leave_no_sandbox():
    """Whatever the tests of this process started is gone when they end, and so is what tests left that
    were killed."""
    with suppress(EngineError):  # there are tests that need no engine
        leftovers.sweep_after_dead_tests()
    yield
    if pool.pool.cache_info().currsize:
        shutdown()
        assert not leftovers.settled(leftovers.of_this_process)
