"""The history: searched, narrowed, one line a run, and in bounded time."""

import re
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from submissions.http.connections import place
from submissions.lifecycle.models import Submission, Verdict
from submissions.lists import searching
from submissions.lists.searching import search, words_of
from submissions.pages.runs import filters
from submissions.templatetags.runs import facts, first_line, stored
from tests.support.clients import ApiClient, AsUser
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.timing import quick

pytestmark = pytest.mark.django_db

NO_MATCH = "No runs match."


def shown(client: ApiClient, status: int = 200, **query: Any) -> str:
    answer = client.get("/submissions/", query)
    assert answer.status_code == status
    return answer.content.decode()


def listed(page: str) -> Any:
    """Return the programs or titles of a page's rows."""
    return re.findall(r'<td class="program">.*?<a [^>]+>(?:<code>)?(.*?)(?:</code>)?</a>', page)


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"language": "javascript"}, True),
        ({"language": "python"}, False),
        ({"verdict": "ok"}, True),
        ({"verdict": "runtime_error"}, False),
        ({"kind": "mine"}, True),
        ({"kind": "lab"}, False),
        ({"since": "today"}, True),
        ({"since": "7"}, True),
        ({"created_after": "2020-01-01"}, True),
        ({"created_before": "2020-01-01"}, False),
        ({"page": "99"}, True),
        ({"page": "x"}, True),
    ],
)
def test_history_can_be_narrowed(
    alice: User, client: ApiClient, query: dict[str, Any], found: bool
) -> None:
    make_submission(alice, language="javascript", code="console.log(1)")
    assert ("console.log(1)" in shown(client, **query)) is found
    assert (NO_MATCH in shown(client, **query)) is not found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("PRINT", True),
        ("hello print", True),
        ("zerodivision", True),
        ("trace", True),
        ("line 2", True),
        ("print nowhere", False),
        ("%", False),
        ("Été", True),
        ("éTÉ", True),
        ("hello1", False),  # not over the border between program and output
    ],
)
def test_all_words_are_found_in_program_output_or_error(
    alice: User, client: ApiClient, words: str, found: bool
) -> None:
    make_submission(
        alice,
        code="print('hello')  # été\n",
        stdout="1\n",
        stderr="Traceback",
        error="ZeroDivisionError in line 2",
    )
    assert bool(listed(shown(client, search=words))) is found


def test_search_finds_nothing_of_others(bob: User, client: ApiClient) -> None:
    make_submission(bob, code="print('secret')")
    assert listed(shown(client, search="secret")) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"language": "perl"}, "perl is not one of the available choices"),
        ({"since": "soon"}, "soon is not one of the available choices"),
        ({"search": "a " * 9}, "Search for at most 8 words."),
        ({"search": "a" * 201}, "at most 200 characters"),
        ({"since": "today", "offset": "900"}, "less than or equal to 840"),
    ],
)
def test_invalid_filter_is_named(client: ApiClient, query: dict[str, Any], problem: str) -> None:
    assert problem in shown(client, status=400, **query)


def test_today_begins_at_the_midnight_of_the_users_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 01:00 UTC it is 20:00 of the day before in Lima, and 14:00 in Auckland."""
    now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert filters.beginning_of("today", 0) == datetime(2026, 3, 2, tzinfo=UTC)
    assert filters.beginning_of("today", -5 * 60) == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert filters.beginning_of("today", 13 * 60) == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert filters.beginning_of("7", 13 * 60) == now - timedelta(days=7)


def test_older_runs_are_not_of_today(alice: User, client: ApiClient) -> None:
    make_submission(alice, code="print('old')", created=timezone.now() - timedelta(days=8))
    assert listed(shown(client, since="today")) == listed(shown(client, since="7")) == []
    assert listed(shown(client, since="30"))


def test_chip_that_is_on_takes_its_own_filter_away_and_keeps_the_others(client: ApiClient) -> None:
    page = shown(client, language="python", verdict="ok", search="x y", page="2")
    chip = present(re.search(r'<a class="chip" aria-current="true" href="\?([^"]*)">Python', page))[
        1
    ]
    assert chip == "search=x+y&amp;verdict=ok" or chip == "verdict=ok&amp;search=x+y"
    other = present(re.search(r'<a class="chip" href="\?([^"]*)">JavaScript', page))[1]
    assert "language=javascript" in other
    assert "page" not in other


def test_pages_keep_the_filter(alice: User, client: ApiClient) -> None:
    for number in range(26):
        make_submission(alice, code=f"print({number})")
    first = shown(client, language="python")
    assert "language=python&amp;page=2" in first
    assert "print(0)" not in first
    assert "print(0)" in shown(client, language="python", page="2")


def test_search_continues_with_older_runs(alice: User, client: ApiClient) -> None:
    now = timezone.now()
    for number in range(30):
        created = now - timedelta(minutes=number // 2)  # two of each moment
        make_submission(alice, code=f"print('number {number}')", created=created)
    first = shown(client, search="number")
    older = present(re.search(r'href="\?([^"]*older=[^"]*)"', first))[1].replace("&amp;", "&")
    second = client.get(f"/submissions/?{older}").content.decode()
    assert (len(listed(first)), len(listed(second))) == (25, 5)
    assert not set(listed(first)) & set(listed(second))
    assert "Search older runs" not in second
    assert "Back to the newest" in second


def test_search_stops_in_time_and_says_how_far_it_came(
    alice: User, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_submission(alice, code=f"print({number})")
    monkeypatch.setattr(searching, "ROWS", 1)
    monkeypatch.setattr(searching, "SECONDS", 0)
    page = shown(client, search="nowhere")
    assert "Searched your runs back to" in page
    assert NO_MATCH not in page
    seen = set()
    while older := re.search(r"&amp;older=([0-9a-f-]{36})", page):
        assert older[1] not in seen
        seen.add(older[1])
        page = shown(client, search="nowhere", older=older[1])
    assert len(seen) == 3
    assert NO_MATCH in page


@pytest.mark.parametrize("pk", ["x", "00000000-0000-0000-0000-000000000000", "1" * 3000])
def test_unknown_place_to_continue_begins_with_the_newest(
    alice: User, client: ApiClient, pk: str
) -> None:
    make_submission(alice)
    assert listed(shown(client, search="print", older=pk)) == ["print(1)"]


def test_place_of_another_user_is_not_known(alice: User, bob: User, client: ApiClient) -> None:
    other = make_submission(bob, created=timezone.now() - timedelta(days=9))
    make_submission(alice)
    assert listed(shown(client, search="print", older=str(other.pk)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 65536, ["a" * 199 + "b"]),
        ("ab" * 32768, ["ba" * 60, "ab" * 99 + "c"]),
        ("ß" * 32768, ["ss" * 99]),
        ("x" * 65536, list("abcdefgh")),
    ],
)
def test_hostile_text_is_searched_in_linear_time(alice: User, text: str, words: list[str]) -> None:
    for _ in range(20):
        make_submission(alice, stdout=text, stderr=text)
    quick(  # 0.1 s is enough
        lambda: search(Submission.objects.all(), words, most=25, after=None), seconds=2
    )


def test_search_has_an_end_by_the_clock(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "ROWS", 1)
    clock = iter(range(100))
    monkeypatch.setattr(searching, "monotonic", lambda: monotonic() + next(clock))
    for _ in range(9):
        make_submission(alice)
    found = search(Submission.objects.all(), words_of("nowhere"), most=25, after=None)
    assert found.last is not None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by the rows it has")
def test_search_continues_in_the_middle_of_the_index(alice: User) -> None:
    """Else each step would read and sort all of the user's runs."""
    rows = Submission.objects.visible_to(alice)
    plan = searching.older_rows(rows, make_submission(alice)).explain()
    assert "submission_user_created (user_id=? AND created<?)" in plan


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("print(1)", "print(1)"),
        (
            "\n\n  # a comment\nimport time\nfrom os import path\n\nfor i in range(9):\n    pass",
            None,
        ),
        ("'use strict';\n// twice\nconst a = 2;", "const a = 2;"),
        ("#!/usr/bin/python\nx = 1\ny = 2", "x = 1"),
        ("import time", "import time"),
        ("# only words", "# only words"),
        ("importance = 1", "importance = 1"),
        (" \n\t\n", ""),
        ("", ""),
        ("a\x1b[31m\u202eb", "a\\u{202e}b"),
        ("x" * 5000, "x" * 120),
    ],
)
def test_row_shows_the_first_line_that_tells_something(code: str, line: str | None) -> None:
    assert first_line(code) == ("for i in range(9):" if line is None else line)


def test_lab_run_is_marked_and_leads_to_the_experiments_result(
    alice: User, client: ApiClient
) -> None:
    run = make_submission(alice, experiment="memory-bomb", outcome="contained")
    gone = make_submission(alice, experiment="left-the-catalogue")
    page = shown(client, kind="lab")
    assert f'<a href="/lab/runs/{run.pk}/">' in page
    assert '<span class="badge contained">Contained</span>' in page
    assert "left-the-catalogue" in page
    assert f'href="/lab/runs/{run.pk}/"' in client.get(f"/submissions/{run.pk}/").content.decode()
    assert client.get(f"/lab/runs/{gone.pk}/").status_code == 200


def test_empty_history_leads_to_the_playground(client: ApiClient) -> None:
    page = shown(client)
    assert "No runs yet." in page
    assert NO_MATCH not in page


def test_usual_run_has_no_value_that_looks_like_a_failure(alice: User) -> None:
    run = make_submission(
        alice, exit_code=0, wall_ms=12.5, evidence={"reported": True, "oom_kills": 0}
    )
    assert facts(run) == ["Exit code 0."]
    values = dict(stored(run, "owner"))
    assert values["truncated"] == "no"
    assert not {"signal", "error", "experiment", "client_address"} & values.keys()


def test_evidence_is_shown_in_sentences(alice: User) -> None:
    evidence = {"reported": False, "deadline_passed": True, "oom_kills": 1, "pids_refusals": 2}
    run = make_submission(alice, signal=9, truncated=True, evidence=evidence)
    assert facts(run) == [
        "Signal 9 (SIGKILL) ended it.",
        "Its time was up.",
        "The kernel killed 1 process for memory.",
        "The kernel refused a new process or thread 2 times.",
        "Output beyond the limit was dropped.",
        "The sandbox ended before it could report what it used.",
    ]


@pytest.mark.parametrize("reader", ["owner", "staff"])
def test_only_staff_see_where_a_run_came_from(alice: User, reader: str) -> None:
    run = make_submission(alice, client_address="10.9.8.7", user_agent="curl")
    names = dict(stored(run, reader)).keys()
    private = {"client_address", "user_agent", "username", "worker"}
    assert private & names == (private if reader == "staff" else set())


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"wall_ms": 1234.0}, "Finished in 1.23 s."),
        ({"wall_ms": None}, "Finished."),
        ({"verdict": "runtime_error", "error": "It failed."}, "It failed."),
        ({"status": "queued", "verdict": ""}, "Waiting for a free sandbox."),
        ({"status": "running", "verdict": ""}, "Still running."),
        ({"stdout": ""}, "(no output)"),
    ],
)
def test_page_of_a_run_begins_with_one_sentence(
    alice: User, client: ApiClient, over: dict[str, Any], sentence: str
) -> None:
    run = make_submission(alice, **over)
    assert sentence in client.get(f"/submissions/{run.pk}/").content.decode()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("ZeroDivisionError: division by zero (line 2)", 2),
        ("SyntaxError", 0),
        ("(line 99)", 0),  # the program has two
        ("(line 1) " + "x" * 5000, 0),
    ],
)
def test_line_at_fault_is_marked(alice: User, client: ApiClient, error: str, line: int) -> None:
    run = make_submission(alice, code="a = 1\na / 0", verdict="runtime_error", error=error)
    page = client.get(f"/submissions/{run.pk}/").content.decode()
    marked = re.findall(r'<span class="line( marked" id="line-\d+)?">', page)
    assert [number for number, mark in enumerate(marked, 1) if mark] == ([line] if line else [])


@pytest.mark.parametrize(
    ("output", "drawn"),
    [
        ("a\r\nb\n", False),
        ("1%\r2%", True),
        ("\x1b[31mred", True),
        ("a\b", True),
        ("plain\n", False),
    ],
)
def test_output_is_drawn_if_it_draws(
    alice: User, client: ApiClient, output: str, drawn: bool
) -> None:
    run = make_submission(alice, stdout=output)
    page = client.get(f"/submissions/{run.pk}/").content.decode()
    assert ('id="drawn"' in page) is drawn
    assert not {"\x1b", "\b"} & set(page)


@pytest.mark.parametrize("verdict", Verdict.values)
def test_limit_leads_to_the_page_of_its_layer(alice: User, client: ApiClient, verdict: str) -> None:
    run = make_submission(alice, verdict=verdict, error="" if verdict == "ok" else "It ended.")
    page = client.get(f"/submissions/{run.pk}/").content.decode()
    link = re.search(r'<a href="(/lab/layers/[^"]+)">Why\?</a>', page)
    assert bool(link) is verdict.endswith("_limit_exceeded")
    if link:
        assert client.get(link[1]).status_code == 200


def test_what_may_read_all_runs_holds_a_place_for_streams(
    alice: User, client: ApiClient, settings: Settings
) -> None:
    """They may take a second of a processor each: one user's leave threads to others."""
    runs = [make_submission(alice), make_submission(alice, code="2")]
    pair = {"id": [str(run.pk) for run in runs]}
    assert client.get("/submissions/compare/", pair).status_code == 200
    settings.STREAM_MAX_PER_USER = 1
    with place(alice.pk):
        for address, query in (
            ("/submissions/", {"search": "1"}),
            ("/submissions/", {"verdict": "ok"}),
            ("/submissions/compare/", pair),
        ):
            refused = client.get(address, query)
            assert refused.status_code == 429
            assert "Too many of your searches" in refused.content.decode()
            assert int(refused["Retry-After"]) >= 1
        assert client.get("/submissions/", {"page": "1"}).status_code == 200
    assert client.get("/submissions/", {"search": "1"}).status_code == 200
