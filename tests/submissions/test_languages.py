"""Every language is in every list of languages, and needs no migration."""

import re
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.core.management import call_command

from executor import DEFAULT_LANGUAGE, LANGUAGES, offered
from executor.languages.language import Language
from submissions.lifecycle.models import Submission
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db

in_each_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
in_each_offered_language = pytest.mark.parametrize("language", offered().values(), ids=offered())


def options(page: str, name: str) -> Any:
    """Return the options of a page's drop-down list: label by value."""
    select = present(re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL))[0]
    return dict(re.findall(r'<option value="([\w-]+)"[^>]*>([^<]+)</option>', select))


def labels() -> dict[str, str]:
    return {slug: language.label for slug, language in offered().items()}


def test_languages_need_no_migration() -> None:
    assert Submission._meta.get_field("language").choices is None
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_playground_lists_every_offered_language(alice: User, as_user: AsUser) -> None:
    page = as_user(alice).get("/playground/").content.decode()
    assert options(page, "language") == labels()
    for language in offered().values():
        assert f'data-mode="{language.editor_mode}"' in page


def test_history_has_every_offered_language_as_a_filter(alice: User, as_user: AsUser) -> None:
    make_submission(alice)  # an empty history has nothing to filter
    page = as_user(alice).get("/submissions/").content.decode()
    chips = dict(re.findall(r'href="\?language=([^"&]+)">([^<]+)<', page))
    assert chips == labels()


@pytest.mark.docker
@in_each_offered_language
def test_api_lists_a_language_whose_example_runs(
    alice: User, as_user: AsUser, language: Language
) -> None:
    rows = as_user(alice).get("/api/languages/").json()
    (row,) = [row for row in rows if row["slug"] == language.slug]
    assert row["label"] == language.label
    assert row["runtime"]
    assert row["built"]
    answer = as_user(alice).run(row["example"], language=row["slug"])
    assert answer.json()["output"] == "Hello World\n"


@in_each_language
def test_history_and_api_are_narrowed_to_a_language(
    alice: User, as_user: AsUser, language: Language
) -> None:
    for slug in LANGUAGES:
        make_submission(alice, language=slug)
    query = {"language": language.slug}
    rows = as_user(alice).get("/api/submissions/", query).json()["results"]
    assert [row["language"] for row in rows] == [language.slug]
    page = as_user(alice).get("/submissions/", query).content.decode()
    shown = re.findall(r'<td class="language">([^<]+)</td>', page)
    assert shown == [language.label]


@in_each_language
def test_admin_lists_and_filters_by_a_languages_label(
    alice: User, staff: User, as_user: AsUser, language: Language
) -> None:
    for slug in LANGUAGES:
        make_submission(alice, language=slug)
    client = as_user(staff)
    address = "/admin/submissions/submission/"
    whole = client.get(address).content.decode()
    assert f'href="?language__exact={language.slug}"' in whole
    page = client.get(address, {"language__exact": language.slug}).content.decode()
    shown = re.findall(r'field-shown_language">([^<]+)<', page)
    assert shown == [language.label]


def test_submission_in_a_language_that_is_gone_is_shown_by_its_slug(
    alice: User, staff: User, as_user: AsUser
) -> None:
    submission = make_submission(alice, language="cobol")
    for address in ("/submissions/", f"/submissions/{submission.pk}/"):
        assert "cobol" in as_user(alice).get(address).content.decode()
    row = as_user(alice).get(f"/api/submissions/{submission.pk}/").json()
    assert row["language"] == "cobol"
    page = as_user(staff).get(f"/admin/submissions/submission/{submission.pk}/change/")
    assert "cobol" in page.content.decode()


def test_api_description_lists_every_language(alice: User, as_user: AsUser) -> None:
    schema = yaml.safe_load(as_user(alice).get("/api/schema/").content)
    parts = schema["components"]["schemas"]
    assert parts["Language"]["enum"] == list(LANGUAGES)
    for part in ("RunRequest", "RunResult", "Submission", "SubmissionSummary"):
        language = parts[part]["properties"]["language"]
        assert language["allOf"] == [{"$ref": "#/components/schemas/Language"}]
    assert parts["RunRequest"]["properties"]["language"]["default"] == DEFAULT_LANGUAGE
    parameters = schema["paths"]["/api/submissions/"]["get"]["parameters"]
    (narrowing,) = [one for one in parameters if one["name"] == "language"]
    assert sorted(narrowing["schema"]["enum"]) == sorted(LANGUAGES)
