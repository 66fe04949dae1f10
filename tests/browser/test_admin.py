"""The admin in a browser: the site's look, lists of one line a row, verify, freeze, open, copy."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visit, log_in, press_and_hear, sign_up
from tests.support.clients import PASSWORD
from tests.support.waiting import eventually
from tools.site import Service

RUNS = "/admin/submissions/submission/"
PAGES = {
    "runs": RUNS,
    "people": "/admin/auth/user/",
    "audit": "/admin/submissions/auditentry/",
    "tokens": "/admin/submissions/apitoken/",
}
LONG = "print('" + "a long line " * 40 + "')"
WIDEST = """
from django.contrib.auth.models import User
from executor.experiments import CATALOGUE
from tests.support.factories import make_submission

make_submission(User.objects.get(username="admin"), code="x" * 300, language="javascript",
    verdict="memory_limit_exceeded", experiment=max(CATALOGUE, key=len), outcome="unproven",
    ablation="non-root-user", wall_ms=10_000)
"""
HIDDEN = "print('\x1b[31m\u202e</textarea>')\n"
FETCH = """
(code) => fetch("/run", {
  method: "POST",
  headers: {
    "Content-Type": "application/json", "Prefer": "respond-async",
    "X-CSRFToken": document.cookie.match(/csrftoken=([^;]*)/)[1],
  },
  body: JSON.stringify({ code }),
}).then((answer) => answer.status)
"""


@pytest.fixture(scope="module", autouse=True)
def programs(served: Service) -> None:
    """Run programs whose lines are long, hidden or wrong, and store a run that fills each column."""
    served.manage("shell", "-v", "0", "-c", WIDEST)
    for code in (LONG, HIDDEN, "x" * 300, "import sys; sys.exit(3)"):
        served.run(code, "python")


@pytest.mark.parametrize("name", PAGES)
def test_list_has_one_line_a_row_and_no_clipped_column_at_1440(desk: Visit, name: str) -> None:
    page = desk(viewport={"width": 1440, "height": 900}).context.new_page()
    page.goto(PAGES[name])
    heights = page.evaluate(
        "[...document.querySelectorAll('#result_list tbody tr')].map((row) => row.offsetHeight)"
    )
    line = page.evaluate("parseFloat(getComputedStyle(document.body).lineHeight)")
    assert heights
    assert max(heights) < 2.5 * line
    frame = page.locator(".frame").first
    assert frame.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_admin_has_the_header_of_the_site_and_its_colours(desk: Visit) -> None:
    papers = set()
    for address in ("/admin/", "/submissions/"):
        page = desk(color_scheme="dark").context.new_page()
        page.goto(address)
        assert page.locator("header.site .brand").is_visible()
        papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(papers) == 1
    page.goto("/admin/")
    assert page.get_by_role("link", name="Admin", exact=True).get_attribute("aria-current")


def test_chain_is_verified_by_the_button(desk: Visit) -> None:
    page = desk().context.new_page()
    page.goto("/admin/")
    page.get_by_role("button", name="Verify now").click()
    chain = page.locator("section", has_text="Audit chain")
    expect(chain).to_contain_text("Intact")
    expect(chain).to_contain_text("by admin")


def test_menu_of_a_filter_works_by_keyboard_and_without_a_script(desk: Visit) -> None:
    page = desk(java_script_enabled=False).context.new_page()
    page.goto(RUNS)
    page.locator("summary", has_text="Verdict").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Runtime error", exact=True).click()
    page.wait_for_url("**verdict__exact=runtime_error**")
    expect(page.locator(".field-shown_result .badge.ok")).to_have_count(0)
    page.get_by_label("Search").fill("nothing-like-this")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing matches.").wait_for()
    assert "verdict__exact=runtime_error" in page.url


def test_hash_of_an_entry_is_copied_whole(desk: Visit) -> None:
    visitor = desk()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.context.new_page()
    page.goto(PAGES["audit"])
    press_and_hear(page.get_by_role("button", name="Copy the hash of entry").first, "Copied")
    whole = page.locator(".field-shown_hash code").first.get_attribute("title")
    assert page.evaluate("navigator.clipboard.readText()") == whole


def test_program_of_a_run_goes_to_the_playground_as_it_is(desk: Visit) -> None:
    page = desk().context.new_page()
    page.goto(RUNS)
    row = page.locator("tr", has_text="\\u{202e}").first
    row.locator("th.field-shown_created a").click()
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Open in the playground").click()
    page.wait_for_url("**/playground/")
    [code] = parse_qs(sent.value.post_data, strict_parsing=False)["code"]
    assert code.replace("\r\n", "\n") == HIDDEN


def test_program_of_a_run_is_shown_whole_and_indented(desk: Visit) -> None:
    page = desk().context.new_page()
    page.goto(RUNS)
    page.locator("tr", has_text="a long line").first.locator("th.field-shown_created a").click()
    line = page.get_by_role("group", name="Program").locator(".line").first
    expect(line).to_have_css("white-space", "pre")
    assert line.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_freezing_stops_the_run_and_tells_the_user_why(visit: Visit, desk: Visit) -> None:
    eve = visit().context.new_page()
    sign_up(eve, "eve")
    assert eve.evaluate(FETCH, "import time\nwhile True: time.sleep(1)") == 202
    page = desk().context.new_page()
    page.goto("/admin/auth/user/?q=eve")
    page.get_by_label("Select this object for an action - eve").check()
    page.get_by_role("button", name="Freeze …").click()
    page.get_by_label("Reason").fill("You sat in the wrong lesson.")
    page.get_by_role("button", name="Freeze", exact=True).click()
    page.get_by_text("1 account frozen. 1 run ended.").wait_for()
    expect(page.get_by_text("You sat in the wrong lesson.").first).to_be_visible()

    def shows_the_end() -> bool:
        page.reload()  # on a crowded machine the run may outlive the request by a moment
        return page.locator("td .badge.cancelled").count() == 1

    eventually(shows_the_end)
    visitor = visit()
    visitor.expected = ("403",)  # Chromium reports the status of the refused login
    again = visitor.context.new_page()
    log_in(again, "eve", PASSWORD)
    reason = "Your account is frozen: You sat in the wrong lesson."
    expect(again.locator("main")).to_contain_text(reason)
    eve.goto("/submissions/")
    assert "/accounts/login/" in eve.url
    page.get_by_role("button", name="Unfreeze").click()
    page.get_by_text("1 account unfrozen.").wait_for()
    log_in(again, "eve", PASSWORD)
    again.wait_for_url("**/playground/")
