"""What the tests of the playground do in it."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visitor


def open_playground(
    person: Visitor, code: str | None = None, address: str = "/playground/"
) -> Page:
    page = person.context.new_page()
    page.goto(address)
    ready(page)
    if code is not None:
        write(page, code)
    return page


def ready(page: Page) -> None:
    """Wait until the script has set up the page."""
    page.locator(".ace_line").first.wait_for()
    expect(page.locator("#left")).to_contain_text("character")
    expect(page.locator("#view output")).to_contain_text("px")


def write(page: Page, code: str) -> None:
    page.evaluate("(code) => ace.edit(document.querySelector('.editor')).setValue(code, 1)", code)


def ask_for_no_input(page: Page) -> None:
    """Let runs have the whole input from the start: what is in its field."""
    page.get_by_label("Ask for input while the program runs").uncheck()


def enter_editor(page: Page) -> None:
    """Put the cursor into the editor; not by a click, after which the editor takes the focus again."""
    cursor = page.locator(".editor .ace_text-input")
    cursor.focus()
    expect(cursor).to_be_focused()


def code_of(page: Page) -> str:
    return page.locator("#code").input_value()


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def status(page: Page) -> Locator:
    return page.locator("#status")


def output(page: Page) -> Locator:
    return page.get_by_role("group", name="Output")


def note(page: Page) -> Locator:
    return page.locator("#note")


def saved(page: Page) -> None:
    """Wait until the draft is stored."""
    page.wait_for_function(
        """() => Object.keys(localStorage).some((key) => key.startsWith("draft:")
          && JSON.parse(localStorage[key]).code === document.querySelector("#code").value
          && JSON.parse(localStorage[key]).stdin === document.querySelector("[name=stdin]").value)"""
    )


def width_of(locator: Locator) -> float:
    box: Any = locator.bounding_box()
    return float(box["width"])
