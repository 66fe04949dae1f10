"""Queued runs in a browser: the page shows their start and end without a click."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visit

FOR_EVER = "import time\nprint('first', flush=True)\nwhile True: time.sleep(1)"
QUEUE = """async (code) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch("/run", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Prefer: "respond-async" },
    body: JSON.stringify({ code }),
  });
  return (await answer.json()).id;
}"""


@pytest.fixture
def queued(carol: Visit) -> Any:
    """Return a page, and the id of a program that carol has queued with it."""

    def make(code: str) -> Any:
        page = carol().context.new_page()
        page.goto("/playground/")
        return page, page.evaluate(QUEUE, code)

    return make


def test_page_of_a_run_shows_its_output_as_it_comes_and_its_end(queued: Any) -> None:
    page, pk = queued(FOR_EVER)
    page.goto(f"/submissions/{pk}/")
    expect(page.locator("#stdout")).to_have_text("first\n")
    expect(page.locator("p.verdict .badge")).to_have_text("Running")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("p.verdict .badge")).to_have_text("Cancelled")
    expect(page.locator("#stdout")).to_have_text("first\n")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_page_of_a_run_notices_that_it_has_ended(queued: Any) -> None:
    page, pk = queued("import time\ntime.sleep(2)\nprint('<b>done')")
    page.goto(f"/submissions/{pk}/")
    expect(page.locator("p.verdict .badge")).to_have_text("OK")
    expect(page.locator("#stdout")).to_have_text("<b>done\n")


def test_history_notices_that_a_run_has_ended(queued: Any) -> None:
    page, pk = queued(FOR_EVER)
    page.goto("/submissions/")
    badge = page.locator(f"#run-{pk} .badge")
    expect(badge).to_have_text("Running")
    other = page.context.new_page()
    other.goto(f"/submissions/{pk}/")
    other.get_by_role("button", name="Stop").click()
    expect(badge).to_have_text("Cancelled")


def test_page_of_a_run_draws_colours_and_progress_bars(queued: Any) -> None:
    page, pk = queued("print('1%\\r100%\\n\\x1b[31mred')")
    page.goto(f"/submissions/{pk}/")
    expect(page.locator("p.verdict .badge")).to_have_text("OK")
    expect(page.get_by_role("group", name="Output")).to_have_text("100%\nred\n")
    expect(page.locator("#stdout span.ink")).to_have_text("red")


def test_page_of_a_run_without_a_script_shows_what_was_overwritten(
    queued: Any, carol: Visit
) -> None:
    page, pk = queued("print('1%\\r100%\\n\\x1b[31mred')")
    page.goto(f"/submissions/{pk}/")
    expect(page.locator("p.verdict .badge")).to_have_text("OK")
    plain = carol(java_script_enabled=False).context.new_page()
    plain.goto(f"/submissions/{pk}/")
    expect(plain.get_by_role("group", name="Output")).to_have_text("1%\n100%\nred\n")


def test_page_of_a_queued_run_shows_its_place(queued: Any) -> None:
    page, pk = queued(FOR_EVER)
    page.route(
        f"**/api/submissions/{pk}/",
        lambda route: route.fulfill(json={"status": "queued", "place_in_queue": 3}),
    )
    page.goto(f"/submissions/{pk}/")
    expect(page.locator("p.verdict")).to_contain_text("You're number 3 in line.")
    page.unroute(f"**/api/submissions/{pk}/")
    expect(page.locator("#stdout")).to_have_text("first\n")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("p.verdict .badge")).to_have_text("Cancelled")
