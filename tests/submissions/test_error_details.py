"""The parts of an error and its hint: in the API, in exports, and on each page that shows a run."""

import json
import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from submissions.audit.accounts import shares
from submissions.lifecycle.models import Batch, BatchEntry, Submission
from submissions.serializers.results import result_of
from submissions.sharing.links import secret_of
from tests.support.clients import ApiClient, AsUser
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db

HINT = "The value after / is 0 there."
DETAILS = {
    "type": "ZeroDivisionError",
    "message": "division by zero",
    "line": 2,
    "column": 3,
    "hint": HINT,
}
FAILED = {
    "code": "a = 1\na / 0",
    "verdict": "runtime_error",
    "error": "ZeroDivisionError: division by zero (line 2)",
    "error_details": DETAILS,
}
NASTY = "<script>alert(1)</script>\x1b[31m\u202e (line 2)"


@pytest.fixture
def failed(alice: User) -> Submission:
    return make_submission(alice, **FAILED)


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


def page_of(client: ApiClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_result_has_the_parts_beside_the_sentence(failed: Submission) -> None:
    result = result_of(failed)
    assert (result["error"], result["error_details"]) == (FAILED["error"], DETAILS)


def test_result_without_an_error_has_null(alice: User) -> None:
    result = result_of(make_submission(alice))
    assert (result["error"], result["error_details"]) == (None, None)


def test_submission_and_lists_have_the_parts(client: ApiClient, failed: Submission) -> None:
    assert client.get(f"/api/submissions/{failed.pk}/").json()["error_details"] == DETAILS
    [row] = client.get("/api/submissions/").json()["results"]
    assert row["error_details"] == DETAILS


def test_batch_has_the_parts_without_a_query_for_each(
    client: ApiClient,
    alice: User,
    failed: Submission,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    batch = Batch.objects.create(user=alice)
    for at in range(8):
        one = make_submission(alice, **FAILED)
        BatchEntry.objects.create(batch=batch, submission=one, position=at)
    with django_assert_max_num_queries(8):
        content = client.get(f"/api/batches/{batch.pk}/").json()
    assert [one["error_details"] for one in content["submissions"]] == [DETAILS] * 8


def test_own_export_has_the_parts(client: ApiClient, failed: Submission) -> None:
    answer = client.get("/submissions/export/")
    [line] = b"".join(stream_of(answer)).decode().splitlines()
    assert json.loads(line)["error_details"] == DETAILS


@pytest.mark.parametrize("held", [False, True])
def test_admins_export_has_the_parts_unless_the_account_is_deleted(
    as_user: AsUser, staff: User, failed: Submission, held: bool
) -> None:
    if held:
        Submission.written.update(held_until=failed.created)
    answer = as_user(staff).get("/admin/submissions/submission/export/json/")
    [row] = json.loads(b"".join(stream_of(answer)))
    assert row["error_details"] == (None if held else DETAILS)
    answer = as_user(staff).get("/admin/submissions/submission/export/csv/")
    assert (HINT in b"".join(stream_of(answer)).decode()) is not held


def addresses(alice: User, run: Submission) -> dict[str, str]:
    link = shares.share(alice, run, days=1, named=False)
    return {
        "run": f"/submissions/{run.pk}/",
        "admin": reverse("admin:submissions_submission_change", args=[run.pk]),
        "shared": reverse("shared", args=[secret_of(link)]),
    }


@pytest.mark.parametrize("where", ["run", "admin", "shared"])
def test_page_shows_the_sentence_with_a_link_to_the_line_and_then_the_hint(
    alice: User, staff: User, as_user: AsUser, failed: Submission, where: str
) -> None:
    client = as_user(staff if where == "admin" else alice)
    page = page_of(client, addresses(alice, failed)[where])
    link = '(<a href="#line-2">line 2</a>)'
    assert f"division by zero {link}" in page
    assert page.count('id="line-2"') == 1
    hint = present(re.search(r'<p class="hint">(.*?)</p>', page))[1]
    assert "icons.svg" in hint
    assert HINT in hint
    assert page.index(link) < page.index(HINT) < page.index('id="line-2"')


def test_hostile_words_are_text(alice: User, client: ApiClient) -> None:
    details = {**DETAILS, "message": NASTY, "hint": NASTY}
    for verdict, error in (("runtime_error", NASTY), ("ok", "")):
        run = make_submission(
            alice, **{**FAILED, "verdict": verdict, "error": error, "error_details": details}
        )
        page = page_of(client, f"/submissions/{run.pk}/")
        assert "alert(1)</script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}" in page
        assert '(<a href="#line-2">line 2</a>)' in page


def test_code_in_a_hint_is_shown_as_code(alice: User, client: ApiClient) -> None:
    details = {**DETAILS, "hint": "Use `a < b` in place of ``` and `."}
    run = make_submission(alice, **{**FAILED, "error_details": details})
    page = page_of(client, f"/submissions/{run.pk}/")
    assert "Use <code>a &lt; b</code> in place of ``` and `." in page


def test_line_that_the_program_does_not_have_is_no_link(alice: User, client: ApiClient) -> None:
    run = make_submission(alice, **{**FAILED, "code": "x", "error_details": DETAILS})
    page = page_of(client, f"/submissions/{run.pk}/")
    assert "division by zero (line 2)" in page
    assert "#line-" not in page


def test_error_beside_a_run_that_ended_well_is_told(alice: User, client: ApiClient) -> None:
    details = {**DETAILS, "message": "division\nby zero"}
    run = make_submission(alice, code=FAILED["code"], wall_ms=10.0, error_details=details)
    page = page_of(client, f"/submissions/{run.pk}/")
    assert "Finished in 0.01 s." in page
    assert "An error did not end the program: ZeroDivisionError: division by zero" in page


def test_warning_beside_a_run_that_ended_well_is_told_as_one(
    alice: User, client: ApiClient
) -> None:
    run = make_submission(alice, error_details={**DETAILS, "type": "RuntimeWarning", "line": None})
    page = client.get(f"/submissions/{run.pk}/").content.decode()
    assert "A warning: RuntimeWarning: division by zero." in page


def test_run_of_an_earlier_version_keeps_its_line(alice: User, client: ApiClient) -> None:
    run = make_submission(alice, **{**FAILED, "error_details": None})
    page = page_of(client, f"/submissions/{run.pk}/")
    assert '(<a href="#line-2">line 2</a>)' in page
    assert 'class="hint"' not in page


def test_rows_and_comparisons_show_the_sentence_alone(
    alice: User, client: ApiClient, failed: Submission
) -> None:
    other = make_submission(alice, **FAILED)
    for address in ("/submissions/", f"/submissions/compare/?id={failed.pk}&id={other.pk}"):
        page = page_of(client, address)
        assert "division by zero" in page
        assert HINT not in page
        assert "#line-" not in page


@pytest.mark.parametrize(
    "address", ["/submissions/", "/admin/submissions/submission/", "/playground/"]
)
def test_compile_error_is_a_verdict_of_its_own(as_user: AsUser, staff: User, address: str) -> None:
    make_submission(staff, verdict="compile_error", error="SyntaxError: invalid syntax (line 1)")
    page = page_of(as_user(staff), address)
    assert "compile_error" in page
    assert "Compile error" in page
