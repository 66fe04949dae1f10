"""The shell of the pages: navigation, footer, error pages, times and icons."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from config import __version__
from submissions.templatetags.shown import browser, icon, when
from tests.support.clients import AsUser
from tests.support.documents import ROOT

SPRITE = ROOT / "submissions/static/submissions/icons.svg"


def current(page: str) -> list[str]:
    """Return the text of the links that are marked as the current place."""
    return re.findall(r'<a [^>]*aria-current="[^"]+"[^>]*>([^<]+)</a>', page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "place"),
    [("/playground/", ["Playground"]), ("/submissions/", ["History"]), ("/lab/matrix/", ["Lab"])],
)
def test_navigation_marks_the_current_section(
    alice: User, as_user: AsUser, address: str, place: list[str]
) -> None:
    assert current(as_user(alice).get(address).content.decode()) == place


@pytest.mark.django_db
def test_account_pages_mark_the_current_tab(alice: User, as_user: AsUser) -> None:
    assert current(as_user(alice).get("/accounts/webhooks/").content.decode()) == ["Webhooks"]


def test_footer_names_version_source_and_contact(
    client: Client, settings: Settings, db: None
) -> None:
    settings.SITE_SOURCE_URL = "https://example.org/source"
    settings.SITE_CONTACT_URL = "mailto:help@example.org"
    page = client.get("/").content.decode()
    assert f"Safe Code Executor {__version__}" in page
    assert 'href="https://example.org/source"' in page
    assert 'href="mailto:help@example.org"' in page


def test_footer_leaves_out_what_is_not_set(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    assert "Contact" not in page
    assert ">Source<" not in page


def test_method_that_a_page_does_not_take_gets_a_page(
    alice: User, as_user: AsUser, db: None
) -> None:
    answer = as_user(alice).get("/playground/run/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "does not take GET requests" in answer.content.decode()


def test_moment_is_shown_in_utc() -> None:
    shown = when(datetime(2026, 1, 2, 1, 30, 5, tzinfo=timezone(timedelta(hours=2))))
    assert "2026-01-01 23:30 UTC</time>" in shown
    assert 'title="2026-01-01 23:30:05 UTC"' in shown
    assert when(None) == "–"
    assert when(datetime.now(UTC)).startswith("<time ")


def test_each_icon_in_a_template_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'id="([a-z-]+)"', SPRITE.read_text()))
    used = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', template.read_text())
    }
    assert used <= drawn
    assert "#play" in icon("play")


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        ("curl/8.0", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_user_agent_is_named_in_short(user_agent: str, name: str) -> None:
    assert browser(user_agent) == name
