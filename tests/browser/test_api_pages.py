"""The API's pages in a browser: the reference, and a page for each address."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visit
from tools.site import Service

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = (360, 390, 768, 1024, 1440, 1920)
REFERENCE = "/api/docs/"


def problems_of(page: Page) -> Any:
    return [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in Axe().run(page, options=RULES).response["violations"]
    ]


def problems_in_both_schemes(page: Page) -> Any:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += problems_of(page)
    return found


def too_wide(page: Page) -> list[int]:
    """Return the widths at which the page scrolls sideways."""
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(width)
    return wide


def opened(page: Page, operation: str = "Runs-run") -> Locator:
    """Open an operation in Swagger UI and press "Try it out"."""
    block = page.locator(f"#operations-{operation}")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    return block


def executed(block: Locator) -> str:
    """Press "Execute" and return the status that is shown."""
    block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table .response .response-col_status")
    status.wait_for()
    return status.inner_text().split()[0]


@pytest.mark.parametrize(("address", "status"), [("/run", "200"), ("/api/batches/", "202")])
def test_form_of_an_address_succeeds_as_it_stands(carol: Visit, address: str, status: str) -> None:
    page = carol().context.new_page()
    page.goto(address)
    written = page.get_by_label("JSON body").input_value()
    page.get_by_role("button", name="POST").click()
    page.locator("#answer .line").get_by_text("POST").wait_for()
    expect(page.locator("#answer .badge")).to_contain_text(status)
    expect(page.get_by_label("JSON body")).to_have_value(written)
    expect(page.locator("#answer")).to_be_focused()


def test_form_shows_the_error_and_keeps_what_was_written(carol: Visit) -> None:
    person = carol()
    person.expected = ("400",)
    page = person.context.new_page()
    page.goto("/run")
    page.get_by_label("JSON body").fill('{"code": 1}')
    page.get_by_role("button", name="POST").click()
    page.locator("#answer").get_by_text("400 Bad Request").wait_for()
    assert '"fields": {' in page.locator("#answer pre").inner_text()
    assert page.get_by_label("JSON body").input_value() == '{"code": 1}'


def test_text_that_a_program_prints_is_inert_on_the_page_of_its_submission(carol: Visit) -> None:
    page = carol().context.new_page()
    page.goto("/run")
    page.get_by_label("JSON body").fill(
        r'{"code": "print(\"<b id=x>\\u202e http://example.org\")"}'
    )
    page.get_by_role("button", name="POST").click()
    page.locator("#answer .line").get_by_text("POST").wait_for()
    shown = page.locator("#answer pre")
    assert r"<b id=x>\u{202e} http://example.org\n" in shown.inner_text()
    assert shown.locator("b, a").count() == 0


def test_addresses_in_an_answer_are_links(carol: Visit) -> None:
    page = carol().context.new_page()
    page.goto("/api/")
    page.locator("#answer pre").get_by_role("link").filter(has_text="/api/languages/").click()
    page.get_by_role("heading", name="Languages").wait_for()


def test_execute_in_the_reference_succeeds_as_it_stands(carol: Visit) -> None:
    page = carol().context.new_page()
    page.goto(REFERENCE)
    assert executed(opened(page)) == "200"
    assert executed(opened(page, "Batches-createBatch")) == "202"
    assert executed(opened(page, "Submissions-listSubmissions")) == "200"


def test_token_in_the_reference_fills_in_the_line_and_logs_in(
    served: Service, visit: Visit
) -> None:
    page = visit().context.new_page()
    page.goto(REFERENCE)
    block = opened(page)
    page.get_by_label("Your token").fill(served.token)
    expect(page.locator("#export")).to_have_text(f"export TOKEN={served.token}")
    assert executed(block) == "200"


def test_authorize_in_the_reference_takes_a_token(served: Service, visit: Visit) -> None:
    page = visit().context.new_page()
    page.goto(REFERENCE)
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".modal-ux")
    expect(dialog.locator("h4 code")).to_have_text(["apiToken", "basicAuth"])
    dialog.locator("input").first.fill(served.token)
    dialog.get_by_role("button", name="Apply credentials").first.click()
    dialog.locator(".close-modal").click()
    assert executed(opened(page)) == "200"


def test_reference_shows_one_language_and_remembers_it(visit: Visit) -> None:
    page = visit().context.new_page()
    page.goto(REFERENCE)
    expect(page.locator(".example h3:visible")).to_have_count(0)
    expect(page.locator(".example:visible")).to_have_count(5)
    page.get_by_role("button", name="Python", exact=True).click()
    page.locator("#operations-Runs-run").wait_for()  # no answer is on its way any more
    page.reload()
    expect(page.locator(".example:visible").first).to_contain_text("urlopen")
    page.locator("#operations-Runs-run").wait_for()


def test_reference_is_accessible_and_fits_at_every_width(carol: Visit) -> None:
    page = carol().context.new_page()
    page.goto(REFERENCE)
    executed(opened(page))
    assert problems_in_both_schemes(page) == []
    assert too_wide(page) == []
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".modal-ux").wait_for()
    assert problems_in_both_schemes(page) == []
