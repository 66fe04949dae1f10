"""Interactive runs in the playground: the program asks, a person types."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import Visit
from tests.support.playground import (
    ask_for_no_input,
    enter_editor,
    open_playground,
    output,
    run,
    status,
    write,
)
from tests.support.typing import GAME, NODE_GAME
from tests.support.waiting import eventually


def line(page: Page) -> Locator:
    return page.get_by_label("Type input")


def answer(page: Page, text: str) -> None:
    """Type without a look at the field: it has the focus."""
    expect(line(page)).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("language", "code"), [("python", GAME), ("javascript", NODE_GAME)])
def test_game_is_played_by_typing(carol: Visit, language: str, code: str) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option(language)
    write(page, code)
    expect(line(page)).to_be_hidden()
    run(page)
    expect(output(page)).to_have_text("Your guess: ")
    expect(status(page)).to_have_text(re.compile("Waiting.*seems to wait for your input"))
    answer(page, "50")
    expect(output(page)).to_have_text("Your guess: 50\nToo high\nYour guess: ")
    answer(page, "20")
    expect(output(page)).to_contain_text("Your guess: 20\nToo low\nYour guess: ")
    answer(page, "37")
    expect(status(page)).to_contain_text("OK Finished")
    shown = "Your guess: 50\nToo high\nYour guess: 20\nToo low\nYour guess: 37\nYou got it!\n"
    expect(output(page)).to_have_text(shown)
    expect(page.locator("#console .typed")).to_have_text(["50", "20", "37"])
    expect(line(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_focused()
    page.get_by_role("link", name="View this run").click()
    expect(page.locator("main")).to_contain_text("50\n20\n37\n")


def test_several_pasted_lines_and_the_end_of_input_reach_the_program(carol: Visit) -> None:
    page = open_playground(carol(), "import sys\nprint([line for line in sys.stdin])")
    enter_editor(page)
    page.keyboard.press("Control+Enter")
    expect(line(page)).to_be_focused()
    page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", "one\\r\\ntwo\\nthr");
          const paste = new ClipboardEvent("paste", { clipboardData, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }"""
    )
    expect(line(page)).to_have_value("thr")
    page.keyboard.type("thr")
    page.keyboard.press("Control+d")
    expect(output(page)).to_contain_text("['one\\n', 'two\\n', 'thrthr']")
    expect(page.locator(".editor .ace_text-input")).to_be_focused()


def test_typed_terminal_codes_are_shown_and_have_no_effect(carol: Visit) -> None:
    page = open_playground(carol(), "input('? ')\nprint('end')")
    run(page)
    expect(line(page)).to_be_focused()
    line(page).fill("a\x1b[31mred\x1b[2K\b\u202e<b>x")
    page.keyboard.press("Enter")
    expect(output(page)).to_have_text("? a\\u{1b}[31mred\\u{1b}[2K\\u{8}\\u{202e}<b>x\nend\n")
    expect(page.locator("#console .ink")).to_have_count(0)


def test_refused_input_comes_back_with_the_reason(carol: Visit) -> None:
    visitor = carol()
    visitor.expected = ("413",)
    page = open_playground(visitor, "print(len(input('? ')))")
    run(page)
    expect(line(page)).to_be_focused()
    line(page).fill("x" * 65536)
    page.keyboard.press("Enter")
    expect(page.locator("#typing [role=alert]")).to_contain_text("takes 64 KiB of input")
    expect(line(page)).to_have_value("x" * 65536)
    line(page).fill("ab")
    page.get_by_role("button", name="Send").click()
    expect(output(page)).to_have_text("? ab\n2\n")


def test_line_that_waits_behind_a_slow_one_does_not_reach_the_next_run(carol: Visit) -> None:
    visitor = carol()
    visitor.expected = ("ERR_FAILED",)
    page = open_playground(visitor, "print(input('? '))")
    held: list[Route] = []
    page.route("**/stdin/", lambda route: route.continue_() if held else held.append(route))
    run(page)
    answer(page, "one")
    answer(page, "two")
    page.get_by_role("button", name="Stop").click()
    expect(line(page)).to_be_hidden()
    run(page)
    expect(output(page)).to_have_text("? ")
    held[0].abort()
    answer(page, "three")
    expect(output(page)).to_have_text("? three\nthree\n")


def test_run_that_got_input_before_or_is_to_ask_for_none_has_no_line(carol: Visit) -> None:
    page = open_playground(carol(), "print(input('? '))")
    page.get_by_label("Input", exact=True).fill("given")
    run(page)
    expect(output(page)).to_have_text("? given\n")
    page.get_by_label("Input", exact=True).fill("")
    ask_for_no_input(page)
    run(page)
    expect(status(page)).to_contain_text("asked for more input than you gave it")
    page.reload()
    expect(page.locator("#asks")).not_to_be_checked()


def test_closed_page_ends_its_interactive_run(carol: Visit) -> None:
    visitor = carol()
    page = open_playground(visitor, "input('closes? ')")
    run(page)
    expect(line(page)).to_be_focused()
    page.goto("/submissions/")

    def verdict() -> str:
        return str(page.request.get("/api/submissions/").json()["results"][0]["verdict"])

    eventually(lambda: verdict() == "cancelled")
