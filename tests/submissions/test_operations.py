"""Tools of an operator: tokens from the command line, and the state of the pool."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from tests.support.clients import AsUser

pytestmark = pytest.mark.django_db


def test_token_from_the_command_line_works(
    alice: User, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("create_token", "alice", "--days", "1")
    header = {"Authorization": f"Bearer {capsys.readouterr().out.strip()}"}
    assert client.get("/api/submissions/", headers=header).status_code == 200
    assert client.get("/api/submissions/").status_code == 401


@pytest.mark.parametrize("arguments", [["nobody"], ["alice", "--days", "0"]])
def test_token_that_cannot_be_is_refused(alice: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_token", *arguments)


def test_staff_see_the_pool(staff: User, as_user: AsUser) -> None:
    state = as_user(staff).get("/api/pool/").json()
    assert state["ready"].keys() == {"python", "javascript", "typescript"}
    assert state["busy"] == 0


def test_others_do_not_see_the_pool(alice: User, as_user: AsUser, client: Client) -> None:
    assert as_user(alice).get("/api/pool/").status_code == 403
    assert client.get("/api/pool/").status_code == 401
