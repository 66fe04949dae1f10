"""The history in a browser: search, chips, ticks that survive, and the comparison."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.support.browser import Visit, sign_up
from tests.support.present import present
from tools.site import Service

ROWS = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from tests.support.factories import make_submission

user = User.objects.get(username="dora")
begin = timezone.now() - timedelta(hours=40)
for number in range(30):
    moment = begin + timedelta(minutes=number)
    make_submission(user, code=f"import time\\nprint({number})", stdout=f"{number}\\n", created=moment)
make_submission(user, experiment="memory-bomb", outcome="contained", created=begin)
make_submission(user, code="bar = 1", stdout="\\r0 %\\r50 %\\r100 %\\n\\x1b[31mred\\x1b[0m <i>\\n")
make_submission(user, code="print(1 / 0)", stdout="", error="ZeroDivisionError: division by zero",
    verdict="runtime_error", stderr="<b>Traceback</b>")
make_submission(user, code="x = 5\\n" * 40, stdout="", language="javascript")
"""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def doras_session(browser: Browser, served: Service) -> StorageState:
    context = browser.new_context(base_url=served.address)
    sign_up(context.new_page(), "dora")
    served.manage("shell", "-v", "0", "-c", ROWS)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def history(visit: Visit, doras_session: StorageState) -> Callable[..., Page]:
    """Return a function that opens dora's history; `options` are the browser context's."""

    def make(query: str = "", expected: Any = (), **options: Any) -> Page:
        visitor = visit(storage_state=doras_session, **options)
        visitor.expected = expected
        page = visitor.context.new_page()
        page.goto(f"/submissions/{query}")
        return page

    return make


def programs(page: Page) -> list[str]:
    return page.locator("td.program a").all_inner_texts()


def bar(page: Page) -> Locator:
    return page.locator(".bar [role=status]")


def test_search_finds_words_of_program_output_and_error(history: Callable[..., Page]) -> None:
    page = history()
    box = page.get_by_role("searchbox")
    for words in ("zerodivision", "traceback print", "1 division"):
        box.fill(words)
        box.press("Enter")
        page.wait_for_url(re.compile(f"search={re.escape(quote_plus(words))}(&|$)"))
        expect(page.locator("td.program a")).to_have_text(["print(1 / 0)"])
        expect(box).to_have_value(words)
    box.fill("nothing like it")
    box.press("Enter")
    page.get_by_text("No runs match.").wait_for()
    page.get_by_role("paragraph").get_by_role("link", name="Clear filters").click()
    expect(page.locator("tbody tr")).to_have_count(25)


def test_chips_narrow_and_a_second_click_widens(history: Callable[..., Page]) -> None:
    page = history()
    page.get_by_role("link", name="Lab runs").click()
    page.wait_for_url("**kind=lab**")  # with its script, which adds the offset
    expect(page.locator("td.program")).to_have_text(re.compile("Lab"))
    page.get_by_role("link", name="Today").click()
    page.wait_for_url("**offset=0**")
    page.get_by_text("No runs match.").wait_for()
    page.get_by_role("link", name="Today").click()
    page.get_by_role("link", name="Lab runs").click()
    expect(page.locator("tbody tr")).to_have_count(25)
    page.get_by_role("link", name="JavaScript").click()
    expect(page.locator("td.program a")).to_have_text(["x = 5"])


def test_today_is_the_day_of_the_visitors_clock(history: Callable[..., Page]) -> None:
    page = history(timezone_id="Pacific/Kiritimati")
    page.get_by_role("link", name="Today").click()
    page.wait_for_url("**since=today**")
    expect(page).to_have_url(re.compile("offset=840"))


def test_times_are_relative_with_utc_in_the_title(history: Callable[..., Page]) -> None:
    time = history().locator("td.moment time").first
    expect(time).to_have_text(re.compile("just now|minute"))
    assert re.search(r"\d\d:\d\d:\d\d UTC", present(time.get_attribute("title")))


def test_run_shows_its_progress_bar_and_colours_as_the_console_did(
    history: Callable[..., Page],
) -> None:
    page = history("?search=bar")
    page.locator("td.program a").click()
    expect(page.locator("#stdout .pane").first).to_have_text("100 %\nred <i>\n")
    red = page.locator("#stdout .ink")
    expect(red).to_have_text("red")


def test_row_shows_one_line_and_lab_runs_lead_to_their_result(history: Callable[..., Page]) -> None:
    page = history("?search=print")
    assert "import" not in " ".join(programs(page))
    heights = page.locator("tbody tr").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert max(heights) == min(heights) < 60
    page = history("?kind=lab")
    page.locator("td.program a").click()
    page.wait_for_url("**/lab/runs/**")


def test_two_ticks_are_compared_and_survive_reload_pages_and_back(
    history: Callable[..., Page],
) -> None:
    page = history()
    compare = page.get_by_role("button", name="Compare")
    expect(bar(page)).to_have_text("Select two runs to compare.")
    expect(compare).to_be_disabled()
    page.locator("td input").nth(5).check()
    expect(bar(page)).to_have_text("One run selected. Select one more.")
    page.reload()
    expect(page.locator("td input").nth(5)).to_be_checked()
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**page=2**")
    page.locator("td input").nth(2).check()
    expect(bar(page)).to_have_text("Two runs selected.")
    expect(compare).to_be_enabled()
    page.locator("td input").nth(3).check()
    expect(bar(page)).to_have_text("3 runs selected. Select exactly two.")
    expect(compare).to_be_disabled()
    page.locator("td input").nth(3).uncheck()
    compare.click()
    page.wait_for_url("**/compare/**")
    page.get_by_role("heading", name="Compare runs").wait_for()
    page.go_back()
    expect(bar(page)).to_have_text("Two runs selected.")
    page.get_by_role("button", name="Clear selection").click()
    expect(bar(page)).to_have_text("Select two runs to compare.")
    expect(page.locator("td input:checked")).to_have_count(0)


def test_list_without_scripts_compares_and_names_a_wrong_number(
    history: Callable[..., Page],
) -> None:
    page = history(java_script_enabled=False, expected=("status of 400",))
    page.locator("td input").nth(0).check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("Select exactly two runs to compare.").wait_for()
    expect(page.locator("td input:checked")).to_have_count(1)
    page.locator("td input").nth(1).check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="Compare runs").wait_for()


def test_arrow_keys_move_between_rows(history: Callable[..., Page]) -> None:
    page = history()
    page.locator("td.program a").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("td.program a").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("td input").nth(1)).to_be_checked()


def test_comparison_is_in_words_and_in_tints(history: Callable[..., Page]) -> None:
    page = history("?search=print")
    for number in (1, 3):
        page.locator("td input").nth(number).check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/**")
    table = page.get_by_role("table", name="Program")
    expect(table.locator("td.removed")).to_have_text("removed: print(27)")
    expect(table.locator("td.added")).to_have_text("added: print(29)")
    expect(table.get_by_role("columnheader")).to_have_text(["Earlier run", "Later run"])
    tints = [
        table.locator(f"td.{kind}").evaluate("(cell) => getComputedStyle(cell).backgroundColor")
        for kind in ("removed", "added")
    ]
    assert len({*tints, "rgba(0, 0, 0, 0)"}) == 3


def test_phone_shows_cards_and_folds_the_filters(history: Callable[..., Page]) -> None:
    page = history(viewport=PHONE)
    expect(page.get_by_role("link", name="Lab runs")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("link", name="Lab runs").click()
    page.wait_for_url("**kind=lab**")
    page.get_by_text("Filters (1)").wait_for()
    card = present(page.locator("tbody tr").bounding_box())
    assert card["height"] < 120
    tick = present(page.locator("td.tick label").bounding_box())
    assert min(tick["width"], tick["height"]) >= 40
