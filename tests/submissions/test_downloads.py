"""An export holds a thread while its reader reads: exports take places for streams, one for each user."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from submissions.http import connections
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.streams import open_streams

OWN = "/submissions/export/"
OF_STAFF = "/admin/submissions/submission/export/csv/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    connections.streams.cache_clear()


@pytest.mark.parametrize("address", [OWN, OF_STAFF])
def test_user_has_one_download_at_a_time(
    staff: User, bob: User, as_user: AsUser, address: str
) -> None:
    make_submission(staff)
    first = as_user(staff).get(address)
    assert (first.status_code, open_streams()) == (200, 1)
    for second in (OWN, OF_STAFF):
        refused = as_user(staff).get(second)
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert "You are downloading already" in refused.content.decode()
    assert b"".join(as_user(bob).get(OWN)) == b""
    first.close()
    assert open_streams() == 0
    again = as_user(staff).get(address)
    assert again.status_code == 200
    assert b"".join(again)
    assert open_streams() == 0


@pytest.mark.parametrize("address", [OWN, OF_STAFF])
def test_download_without_a_place_is_refused_and_leaves_no_trace(
    staff: User, as_user: AsUser, settings: Settings, address: str
) -> None:
    settings.STREAM_MAX, settings.STREAM_MAX_PER_USER = 4, 1
    with ExitStack() as held:
        for user_id in range(1000, 1004):
            held.enter_context(connections.place(user_id))
        refused = as_user(staff).get(address)
        assert refused.status_code == 503
        assert int(refused["Retry-After"]) > 0
    assert b"".join(as_user(staff).get(OWN)) == b""


def test_download_counts_among_the_users_streams(
    staff: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STREAM_MAX_PER_USER = 1
    with connections.place(staff.pk):
        assert as_user(staff).get(OWN).status_code == 429
