"""The hint below the sentence, and the place of an error, in the playground and without a script."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visit
from tests.support.playground import (
    ask_for_no_input,
    enter_editor,
    open_playground,
    run,
    status,
    write,
)
from tests.support.present import present

CODE = "numbers = [4, 0]\nfor number in numbers:\n    print(12 / number)\n"


def hint(page: Page) -> Locator:
    return page.locator("#hint")


def test_hint_follows_the_sentence_and_goes_with_the_next_run(carol: Visit) -> None:
    page = open_playground(carol(), CODE)
    expect(hint(page)).to_be_hidden()
    run(page)
    expect(status(page)).to_contain_text("division by zero (line 3)")
    expect(hint(page)).to_contain_text("divided by 0")
    expect(page.locator("#aside")).to_be_hidden()
    write(page, "print(1)")
    run(page)
    expect(status(page)).to_contain_text("OK")
    expect(hint(page)).to_be_hidden()


def test_editor_marks_the_word_at_the_column_and_the_link_leads_there(carol: Visit) -> None:
    page = open_playground(carol(), CODE)
    run(page)
    expect(page.locator(".error-place")).to_have_count(1)
    status(page).get_by_role("button", name="Go to line 3").click()
    place = "ace.edit(document.querySelector('.editor')).getCursorPosition()"
    assert page.evaluate(place) == {"row": 2, "column": 10}
    write(page, "print(1)")
    run(page)
    expect(page.locator(".error-place")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "code"),
    [("python", "print('😀é', missing)\n"), ("javascript", "console.log('😀é', missing);\n")],
)
def test_mark_is_right_after_a_character_that_is_two_for_the_browser(
    carol: Visit, language: str, code: str
) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option(language)
    write(page, code)
    run(page)
    status(page).get_by_role("button", name="Go to line 1").click()
    editor = "ace.edit(document.querySelector('.editor'))"
    place = page.evaluate(f"{editor}.getCursorPosition()")
    at = len(code[: code.index("missing")].encode("utf-16-le")) // 2
    assert place == {"row": 0, "column": at}


def test_frames_of_the_runtime_itself_are_less_strong(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    write(page, "function f() {\n  null.x;\n}\nf();\n")
    run(page)
    own = page.locator("#console .runtime")
    expect(own.last).to_have_text(re.compile("^Node.js v"))
    assert all("node:" in text or text.startswith("Node.js") for text in own.all_text_contents())
    expect(page.locator("#console")).to_contain_text("at f (/app/script.js:2:8)")
    assert "/app/script.js" not in " ".join(own.all_text_contents())


def test_field_that_a_hint_names_leads_to_the_field(carol: Visit) -> None:
    page = open_playground(carol(), "name = input()")
    ask_for_no_input(page)
    run(page)
    expect(hint(page)).to_contain_text("input()")
    enter_editor(page)
    hint(page).get_by_role("button", name="Input").click()
    expect(page.locator("[name=stdin]")).to_be_focused()


def test_error_in_a_thread_stands_beside_the_result(carol: Visit) -> None:
    code = "import threading\nthreading.Thread(target=lambda: [][3]).start()"
    page = open_playground(carol(), code)
    run(page)
    expect(status(page)).to_contain_text("OK Finished")
    expect(page.locator("#aside")).to_contain_text("An error did not end the program: IndexError")


def test_line_is_found_without_a_script(carol: Visit, visit: Visit) -> None:
    person = carol()
    page = open_playground(person, CODE)
    run(page)
    page.locator("#stored:not([hidden])").wait_for()
    address = present(page.locator("#stored").get_attribute("href"))
    plain = visit(storage_state=person.context.storage_state(), java_script_enabled=False)
    page = plain.context.new_page()
    page.goto(address)
    page.get_by_role("link", name="line 3").click()
    expect(page).to_have_url(re.compile("#line-3$"))
    expect(page.locator("#line-3")).to_have_text("    print(12 / number)")
    expect(page.locator("p.hint")).to_contain_text("divided by 0")


def test_every_hint_on_the_page_of_errors_is_in_sight_on_a_phone(carol: Visit) -> None:
    page = carol(viewport={"width": 390, "height": 844}).context.new_page()
    page.goto("/docs/errors/")
    ends = page.locator("article tbody td:last-child").evaluate_all(
        "cells => cells.map(cell => cell.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    assert len(ends) > 200
    assert all(left >= 0 and right <= 390 for left, right in ends)
