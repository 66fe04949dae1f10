"""What `POST /run` asks of the database: each statement makes every run slower, so each has a reason."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from submissions.lifecycle.models import Submission
from tests.support.clients import PASSWORD, PROGRAM, Answer, AsUser

pytestmark = [pytest.mark.django_db, pytest.mark.docker, pytest.mark.inline]

RUN = (
    "INSERT INTO submissions_counter",  # the rate; it counts whatever comes of the request
    'SELECT count(*) FROM "submissions_owncontainers"',  # whether the user's runs share containers
    "SAVEPOINT",  # a transaction; within that of a test it is a savepoint
    "SELECT id FROM auth_user",  # locks the user on PostgreSQL; refuses a closed account
    "SELECT count(*) FROM submissions_submission",  # the user's runs under way
    "INSERT INTO submissions_counter",  # reserves the bytes of the day
    'INSERT INTO "submissions_submission"',
    "RELEASE SAVEPOINT",
    'UPDATE "submissions_submission"',  # the result
    "UPDATE submissions_counter",  # the bytes that the output really takes
)
LOGINS = {
    "token": ("SELECT account.*, token.token_key",),
    "session": (
        'SELECT "django_session"',
        'SELECT "auth_user"',
    ),
    "password": (
        'SELECT "auth_user"',  # the password is remembered for a minute
        'SELECT "submissions_attempts"',  # whether wrong passwords have closed the account
        'SELECT 1 AS "a" FROM "mfa_authenticator"',
    ),
}


@pytest.mark.parametrize("login", LOGINS)
def test_run_takes_no_statement_without_a_reason(
    alice: User,
    as_user: AsUser,
    client: Client,
    token_of: Callable[..., dict[str, str]],
    basic: Callable[[str, str], dict[str, str]],
    settings: Settings,
    login: str,
) -> None:
    settings.EXECUTOR_ISOLATION = "auto"  # with "container" nobody asks what the user has chosen
    headers = {"token": token_of(alice), "password": basic("alice", PASSWORD), "session": {}}
    client = as_user(alice) if login == "session" else client

    def run() -> Answer:
        return client.post("/run", PROGRAM, content_type="application/json", headers=headers[login])

    assert run().json()["output"] == "42\n"  # the password is remembered now
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert run().json()["output"] == "42\n"
    statements = [" ".join(one["sql"].split()) for one in asked.captured_queries]
    expected = [*LOGINS[login], *RUN]
    assert len(statements) <= len(expected), "\n".join(statements)
    for statement, start in zip(statements, expected, strict=True):
        assert statement.startswith(start)
    assert Submission.objects.count() == 2
