"""Query parameters of every list: any value, never a 500, never slow."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.urls import reverse

from submissions.admin.filters import TYPED
from submissions.admin.site import OwnLookups
from submissions.http.filters import SubmissionFilter
from submissions.lifecycle.models import Submission
from submissions.pages.runs.filters import HistoryFilter
from tests.support.clients import AsUser
from tests.support.documents import ROOT
from tests.support.factories import make_submission
from tests.support.streams import stream_of
from tests.support.timing import quick

pytestmark = pytest.mark.django_db

ADMINISTERED = [model for model in apps.get_models() if admin.site.is_registered(model)]

CPU_SECONDS = 4
"""About fifty times the time of the slowest request."""
OUT_OF_RANGE = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
VALUES = {
    "before the calendar": OUT_OF_RANGE[0],
    "after the calendar": OUT_OF_RANGE[1],
    "last year": "9999",
    "last day": "9999-12-31",
    "long": "x" * 60_000,
    "rather long": "%" * 3999,
    "many words": "a " * 1500,
    "huge number": "9" * 3000,
    "large number": "999999999999999999999999",
    "negative": "-1",
    "not a number": "nan",
    "null character": "a\0b",
    "pattern": "(a+)+$",
    "nothing": "",
}
HOSTILE = {
    **{name: quote(value) for name, value in VALUES.items()},
    "lone surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "null, twice encoded": "%2500",
}
ADDRESSES = {
    "/api/submissions/": (
        "page",
        "page_size",
        "created_after",
        "created_before",
        "search",
        "status",
    ),
    "/api/submissions/{pk}/": ("wait",),
    "/api/batches/": ("page", "page_size"),
    "/api/files/": ("page", "page_size", "name"),
    "/api/sessions/": ("page", "page_size"),
    "/api/deliveries/": ("state", "submission", "batch"),
    "/submissions/": (
        "page",
        "created_after",
        "created_before",
        "search",
        "language",
        "status",
        "verdict",
        "kind",
        "since",
        "offset",
        "since=today&offset",
        "older",
        "search=a&older",
        "id",
    ),
    "/submissions/compare/": ("id",),
    "/playground/": ("example", "submission"),
    "/accounts/login/": ("next",),
    "/api/": ("format",),
}
ASKED_OF_ADMIN = (
    "q",
    "p",
    "o",
    "e",
    "created__gte",
    "created__year",
    "created__month",
    "user__id__exact",
    "verdict__exact",
    "experiment",
    "user",
    "layer",
    "from",
    "to",
    "when",
    "weakened",
    "language__exact",
    "code__regex",
    "_to_field",
)
USUAL = ("q", "p", "o", "created__gte", "created__year", "user__id__exact")
ADMINS = {
    "/admin/submissions/submission/export/csv/": (*USUAL, "user", "from", "to"),
    "/admin/submissions/auditentry/": USUAL,
    "/admin/submissions/batch/": USUAL,
    "/admin/auth/user/": (*USUAL, "state", "groups__id__exact"),
    "/admin/lab/": ("q", "p", "group", "missing"),
    "/admin/lab/csv/": ("q", "group", "missing"),
    "/admin/": ("period",),
}
DIALECTS = {
    "/judge0/submissions/batch/": ("tokens", "fields", "base64_encoded"),
    "/judge0/submissions/{pk}/": ("fields", "base64_encoded"),
    f"/librechat/files/{'a' * 21}/": ("detail",),
}
WORST = (
    "before the calendar",
    "last year",
    "last day",
    "long",
    "huge number",
    "null character",
    "lone surrogate",
)

WITHOUT_A_ZONE = pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
"""Django's lookups of dates in the admin take a day for a moment, with a warning."""


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def asked(client: Client, address: str, query: str) -> int:
    """Send a GET; return its status, which must arrive within the bound."""

    def whole_answer() -> int:
        answer = client.get(f"{address}?{query}")
        if answer.streaming:
            b"".join(stream_of(answer))
        return answer.status_code

    return quick(whole_answer, CPU_SECONDS)


def answers_everything(
    user: User,
    address: str,
    names: tuple[str, ...],
    value: str,
    client: Client | None = None,
) -> None:
    row = make_submission(user, code="a" * 28 + "!")
    client, address = client or client_of(user), address.format(pk=row.pk)
    statuses = {name: asked(client, address, f"{name}={value}") for name in names}
    assert max(statuses.values()) < 500, statuses


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("address", ADDRESSES)
def test_list_of_a_user_has_an_answer_to_everything(alice: User, address: str, value: str) -> None:
    answers_everything(alice, address, ADDRESSES[address], HOSTILE[value])


@pytest.mark.parametrize("value", WORST)
@pytest.mark.parametrize("address", DIALECTS)
def test_dialect_has_an_answer_to_everything(
    alice: User, token_of: Callable[..., dict[str, str]], address: str, value: str
) -> None:
    client = Client(raise_request_exception=False, headers=token_of(alice))
    answers_everything(alice, address, DIALECTS[address], HOSTILE[value], client)


@WITHOUT_A_ZONE
@pytest.mark.parametrize("value", HOSTILE)
def test_audit_has_an_answer_to_everything(staff: User, value: str) -> None:
    address = "/admin/submissions/submission/"
    answers_everything(staff, address, ASKED_OF_ADMIN, HOSTILE[value])


@WITHOUT_A_ZONE
@pytest.mark.parametrize("value", WORST)
@pytest.mark.parametrize("address", ADMINS)
def test_list_of_the_admin_has_an_answer_to_everything(
    staff: User, address: str, value: str
) -> None:
    answers_everything(staff, address, ADMINS[address], HOSTILE[value])


READ = re.compile(r"(?:GET|query_params)\.(?:get|getlist)\(\"(\w+)\"")


def test_every_parameter_that_the_code_reads_is_among_those_tried() -> None:
    """A new parameter needs a line above."""
    tried = {*ASKED_OF_ADMIN}
    for names in (*ADDRESSES.values(), *ADMINS.values(), *DIALECTS.values()):
        tried |= {name.rpartition("&")[2] for name in names}
    files = (ROOT / "submissions").rglob("*.py")
    read = {name for file in files for name in READ.findall(file.read_text())}
    filters = [*SubmissionFilter.base_filters, *HistoryFilter.base_filters]
    typed = [one.parameter_name for one in TYPED]
    assert {"wait", "older", "group"} <= read
    assert {*read, *filters, *typed} <= tried


@pytest.mark.parametrize("moment", OUT_OF_RANGE)
@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_moment_that_utc_does_not_have_is_named(
    alice: User, as_user: AsUser, name: str, moment: str
) -> None:
    client = as_user(alice)
    answer = client.get("/api/submissions/", {name: moment})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]
    page = client.get("/submissions/", {name: moment})
    assert page.status_code == 400
    assert "Enter a valid date" in page.content.decode()


@pytest.mark.parametrize("length", [201, 5000, 60_000])
def test_search_that_is_too_long_is_named(alice: User, as_user: AsUser, length: int) -> None:
    client = as_user(alice)
    answer = client.get("/api/submissions/", {"search": "x" * length})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["search"]
    page = client.get("/submissions/", {"search": "x" * length})
    assert page.status_code == 400
    assert "characters" in page.content.decode()


@pytest.mark.parametrize(
    "name", ["created__gte", "created__lt"], ids=["from the beginning", "to the end"]
)
@pytest.mark.parametrize("moment", OUT_OF_RANGE)
def test_moment_that_utc_does_not_have_is_no_error_of_the_admin(
    staff: User, name: str, moment: str
) -> None:
    Submission.written.create(user=staff, code="1", language="python", limits={})
    status = asked(client_of(staff), "/admin/submissions/submission/", f"{name}={quote(moment)}")
    assert status == (400 if connection.vendor == "sqlite" else 200)  # PostgreSQL has such moments


@pytest.mark.parametrize("model", ADMINISTERED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("how", ["regex", "startswith"])
def test_no_list_of_the_admin_is_filtered_by_what_it_does_not_offer(
    staff: User, model: Any, how: str
) -> None:
    own = admin.site.get_model_admin(model)
    assert isinstance(own, OwnLookups)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    client = client_of(staff)
    for field in model._meta.fields[:4]:
        assert asked(client, address, f"{field.name}__{how}=a") in {400, 403}, field.name


@pytest.mark.parametrize(
    "query",
    [
        "verdict__exact=ok",
        "user__id__exact=1",
        "created__year=2026&created__month=11&created__day=25",
        "created__gte=2026-11-25+00%3A00%3A00%2B00%3A00&created__lt=2026-11-26+00%3A00%3A00%2B00%3A00",
        "weakened=no&experiment=any&layer=seccomp",
        "user__isnull=True",
        "q=print",
        "o=-1",
        "all=",
    ],
)
def test_filter_that_the_list_offers_works(staff: User, query: str) -> None:
    assert asked(client_of(staff), "/admin/submissions/submission/", query) == 200


LINK = re.compile(r'href="(\?[^"]*)"')


@pytest.mark.parametrize("model", ADMINISTERED, ids=lambda model: model.__name__)
def test_every_link_of_every_list_of_the_admin_works(staff: User, model: Any) -> None:
    """The page's own filters, orders and dates."""
    Group.objects.create(name="watchers")
    Submission.written.create(user=staff, code="1", language="python", limits={})
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    client = client_of(staff)
    links = {unescape(link) for link in LINK.findall(client.get(address).content.decode())}
    assert model is not Submission or any("held_until__isempty" in link for link in links)
    for link in links:
        assert client.get(address + link).status_code == 200, link


@pytest.mark.parametrize("query", ["is_staff__exact=1", "groups__id__exact=1", "state=frozen"])
def test_filter_of_a_packages_list_works(staff: User, query: str) -> None:
    Group.objects.get_or_create(pk=1, defaults={"name": "watchers"})
    assert asked(client_of(staff), "/admin/auth/user/", query) == 200


@pytest.mark.parametrize(
    "address",
    [
        "/submissions/" + "9" * 5000 + "/",
        "/submissions/%00/",
        "/api/submissions/" + "9" * 5000 + "/",
        "/api/submissions/%00/",
        "/api/deliveries/%ED%A0%80/",
        "/accounts/tokens/%00/revoke/",
        "/lab/%00/",
        "/admin/submissions/submission/%00/change/",
        "/admin/submissions/auditentry/" + "9" * 5000 + "/change/",
        "/admin/submissions/auditentry/" + "9" * 30 + "/change/",
        "/admin/auth/user/" + "9" * 30 + "/change/",
    ],
    ids=lambda address: address[:40],
)
def test_id_that_no_row_can_have_is_not_found(staff: User, address: str) -> None:
    assert asked(client_of(staff), address, "") in {302, 404}


def test_too_many_parameters_are_refused(alice: User) -> None:
    query = "&".join(f"field{number}=1" for number in range(600))
    assert asked(client_of(alice), "/api/submissions/", query) == 400


@pytest.mark.parametrize("key", ["x", "9" * 4301, "-", ""])
@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/admin/auth/user/", {"action": "freeze_selected", "_selected_action": "KEY"}),
        ("/admin/people/freeze/", {"people": "KEY", "reason": "r"}),
        ("/admin/people/unfreeze/", {"people": "KEY"}),
    ],
)
def test_form_of_the_admin_with_odd_keys_is_no_error_of_the_site(
    staff: User, as_user: AsUser, address: str, form: dict[str, str], key: str
) -> None:
    client = as_user(staff)
    client.raise_request_exception = False
    sent = {name: key if value == "KEY" else value for name, value in form.items()}
    assert client.post(address, sent).status_code < 500
