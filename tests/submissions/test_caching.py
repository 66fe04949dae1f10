"""No answer of a view may be cached: nearly all contain personal data."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver

from submissions.accounts.models import ApiToken
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db


def templates(resolver: URLResolver, prefix: str = "") -> Iterator[Any]:
    """Return every named address, with gaps such as %(pk)s."""
    for name in resolver.reverse_dict:
        if isinstance(name, str):
            for possibilities, *_ in resolver.reverse_dict.getlist(name):
                yield from (prefix + template for template, _ in possibilities)
    for path, inner in resolver.namespace_dict.values():
        yield from templates(inner, prefix + path)


class Gaps(dict[str, object]):
    """Values for the gaps: by default the id of a submission."""

    def __missing__(self, name: str) -> Any:
        return self["pk"]


@pytest.fixture
def addresses(staff: User) -> list[str]:
    ApiToken.objects.create(user=staff, name="x")
    filled = Gaps(
        pk=make_submission(staff).pk,
        slug="fork-bomb",
        format="json",
        kind="csv",
        app_label="submissions",
        token_key="x",
    )
    found = sorted({f"/{template % filled}" for template in templates(get_resolver())})
    assert len(found) > 80
    return found


def kept(client: Client, addresses: list[str]) -> list[tuple[str, int]]:
    """Return the addresses whose answer may be stored."""
    found = []
    for address in addresses:
        answer = client.get(address)
        control = {part.strip() for part in answer.headers.get("Cache-Control", "").split(",")}
        if not {"no-store", "private"} <= control or "public" in control:
            found.append((address, answer.status_code))
        if answer.streaming:  # which its end closes
            b"".join(stream_of(answer))
    return found


@pytest.mark.parametrize("who", ["staff", "nobody"])
def test_no_address_answers_with_a_cacheable_response(
    who: str, staff: User, as_user: AsUser, addresses: list[str]
) -> None:
    client = as_user(staff, raise_request_exception=False) if who == "staff" else Client()
    assert kept(client, addresses) == []


def test_refused_and_unknown_are_not_stored_either(
    client: Client, alice: User, as_user: AsUser
) -> None:
    for answer in (
        client.post("/run", {}),
        client.get("/nothing"),
        as_user(alice).post("/run", "{", content_type="application/json"),
    ):
        assert answer.status_code >= 400
        assert "no-store" in answer["Cache-Control"]
