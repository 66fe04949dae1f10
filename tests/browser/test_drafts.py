"""Nobody loses a program in the playground."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from tests.support.browser import Visit, sign_up, submit
from tests.support.clients import PASSWORD
from tests.support.playground import (
    code_of,
    enter_editor,
    note,
    open_playground,
    output,
    ready,
    run,
    saved,
    status,
    write,
)

MINE = "print('my own work')"
FILL = """() => {
  for (let size = 2 ** 23; size >= 1; size /= 2) {
    try {
      localStorage.filler = (localStorage.filler ?? "") + "x".repeat(size);
    } catch {
      // Less may still fit.
    }
  }
}"""
HELLO = 'print("Hello World")\n'


def test_reload_restores_program_input_and_options(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    write(page, "console.log(1)")
    page.get_by_text("Input and options").click()
    page.get_by_label("Input", exact=True).fill("in")
    page.get_by_label("Arguments").fill("a\nb")
    page.get_by_label("Make /app read-only").uncheck()
    saved(page)
    page.reload()
    ready(page)
    expect(note(page)).to_contain_text("Restored your draft.")
    assert code_of(page) == "console.log(1)"
    expect(page.get_by_label("Language")).to_have_value("javascript")
    expect(page.get_by_label("Input", exact=True)).to_have_value("in")
    expect(page.get_by_label("Arguments")).to_have_value("a\nb")
    expect(page.get_by_label("Make /app read-only")).not_to_be_checked()


def test_last_key_before_a_reload_is_kept(carol: Visit) -> None:
    page = open_playground(carol())
    enter_editor(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("x = 1234")
    page.reload()
    ready(page)
    assert code_of(page) == "x = 1234"


def test_untouched_template_is_not_announced_as_a_draft(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    page.reload()
    ready(page)
    assert code_of(page) == 'console.log("Hello World")\n'
    expect(note(page)).to_be_hidden()


def test_back_from_another_page_restores_the_draft(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    page.get_by_role("link", name="Lab", exact=True).click()
    page.wait_for_url("**/lab/")
    page.go_back()
    ready(page)
    assert code_of(page) == MINE


def test_start_again_brings_the_template_and_keeps_the_draft(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    saved(page)
    page.reload()
    ready(page)
    page.get_by_role("button", name="Start again").click()
    assert code_of(page) == HELLO
    page.get_by_role("button", name="Back to my draft").click()
    assert code_of(page) == MINE


def test_example_comes_without_a_reload_and_can_be_undone(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    page.evaluate("window.isSame = true")
    page.locator("#examples summary").click()
    page.get_by_role("link", name="Reading input").click()
    assert "sys.stdin" in code_of(page)
    expect(page.get_by_label("Input", exact=True)).to_have_value("3\n1\n4\n1\n5\n")
    assert page.evaluate("window.isSame")
    page.keyboard.press("Control+z")
    assert code_of(page) == MINE


def test_example_keeps_the_draft_through_a_reload(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    page.locator("#examples summary").click()
    page.get_by_role("link", name="An error").click()
    expect(note(page)).to_contain_text("Your draft is kept.")
    page.reload()
    ready(page)
    assert "def average" in code_of(page)
    page.locator("#drafts summary").click()
    page.locator("#draft-list").get_by_role("button", name="my own work").click()
    assert code_of(page) == MINE


def test_link_to_an_example_offers_the_draft(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    saved(page)
    page.goto("/playground/?example=error")
    ready(page)
    assert "def average" in code_of(page)
    page.get_by_role("button", name="Back to my draft").click()
    assert code_of(page) == MINE
    page.reload()
    ready(page)
    assert code_of(page) == MINE


def test_edit_from_the_history_comes_first_and_offers_the_draft(carol: Visit) -> None:
    page = open_playground(carol(), "print('an earlier run')")
    run(page)
    page.get_by_role("link", name="View this run").click()
    page.wait_for_url("**/submissions/*-*/")
    address = f"/playground/?submission={page.url.rstrip('/').rpartition('/')[2]}"
    page.goto("/playground/")
    ready(page)
    write(page, MINE)
    saved(page)
    page.goto(address)
    ready(page)
    assert code_of(page) == "print('an earlier run')"
    expect(note(page)).to_contain_text("Your draft is kept.")
    write(page, "print('edited')")
    saved(page)
    page.reload()
    ready(page)
    assert code_of(page) == "print('edited')"
    page.locator("#drafts summary").click()
    page.locator("#draft-list").get_by_role("button", name="my own work").click()
    assert code_of(page) == MINE


def test_edit_from_the_lab_survives_a_reload_and_offers_the_draft(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    saved(page)
    page.goto("/lab/environment-js/")
    page.get_by_role("button", name="Edit in the playground").click()
    ready(page)
    assert code_of(page).startswith("// Reads the environment")
    expect(note(page)).to_contain_text("Your draft is kept.")
    page.reload()
    ready(page)
    assert code_of(page).startswith("// Reads the environment")
    page.locator("#drafts summary").click()
    page.locator("#draft-list").get_by_role("button", name="my own work").click()
    assert code_of(page) == MINE


def test_closed_browser_restores_the_draft(visit: Visit, carol: Visit) -> None:
    person = carol()
    page = open_playground(person, MINE)
    saved(page)
    state = person.context.storage_state()
    person.context.close()
    page = open_playground(visit(storage_state=state))
    expect(note(page)).to_contain_text("Restored your draft.")
    assert code_of(page) == MINE


def test_crashed_tab_leaves_the_draft(carol: Visit) -> None:
    person = carol()
    page = open_playground(person, MINE)
    saved(page)
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    assert code_of(open_playground(person)) == MINE


def test_log_out_and_log_in_restore_the_draft(visit: Visit) -> None:
    page = visit().context.new_page()
    sign_up(page, "olga")
    ready(page)
    write(page, MINE)
    saved(page)
    page.goto("/accounts/logout/")
    submit(page, page.locator("main form button"))
    page.goto("/accounts/login/?next=/playground/")
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    ready(page)
    assert code_of(page) == MINE


def test_another_user_of_the_browser_sees_no_draft(visit: Visit) -> None:
    person = visit()
    page = person.context.new_page()
    sign_up(page, "first")
    ready(page)
    write(page, MINE)
    saved(page)
    person.context.clear_cookies()
    sign_up(page, "second")
    ready(page)
    assert code_of(page) == HELLO
    page.locator("#drafts summary").click()
    expect(page.locator("#draft-list").get_by_role("button")).to_have_count(0)


def test_two_tabs_keep_a_draft_each(carol: Visit) -> None:
    person = carol()
    one = open_playground(person, MINE)
    saved(one)
    two = open_playground(person)
    assert code_of(two) == MINE
    write(two, "print('second tab')")
    saved(two)
    write(one, "print('first tab')")
    saved(one)
    expect(note(one)).to_contain_text("Each tab keeps its own draft.")
    for page, code in ((one, "print('first tab')"), (two, "print('second tab')")):
        page.reload()
        ready(page)
        assert code_of(page) == code


def test_draft_that_cannot_be_stored_is_announced_and_asks_before_it_is_left(carol: Visit) -> None:
    person = carol()
    person.expected = ("dialog: ",)
    page = open_playground(person)
    page.evaluate(FILL)
    enter_editor(page)
    page.keyboard.type("x")  # a browser asks nobody who has done nothing
    expect(note(page)).to_contain_text("Your browser can't store this draft.")
    with page.expect_event("dialog") as asked:
        page.evaluate("() => { setTimeout(() => location.assign('/lab/')); }")
    asked.value.dismiss()
    assert asked.value.type == "beforeunload"


def test_draft_that_is_too_large_by_itself_costs_no_other(carol: Visit) -> None:
    person = carol()
    page = open_playground(person, MINE)
    saved(page)
    page.locator("#examples summary").click()
    page.get_by_role("link", name="An error").click()
    page.evaluate("ace.edit(document.querySelector('.editor')).setValue('x'.repeat(2 ** 23))")
    expect(note(page)).to_contain_text("Your browser can't store this draft.")
    assert MINE in page.evaluate("JSON.stringify(localStorage)")


def test_stored_draft_asks_nothing_before_it_is_left(carol: Visit) -> None:
    page = open_playground(carol())
    enter_editor(page)
    page.keyboard.type("x")
    page.get_by_role("link", name="Lab", exact=True).click()
    page.wait_for_url("**/lab/")


def test_drafts_are_deleted_on_request(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    page.locator("#examples summary").click()
    page.get_by_role("link", name="An error").click()
    page.locator("#drafts summary").click()
    page.get_by_role("button", name="Delete these drafts").click()
    assert MINE not in page.evaluate("JSON.stringify(localStorage)")


def test_language_switch_swaps_an_untouched_template(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    assert code_of(page) == 'console.log("Hello World")\n'
    run(page)
    expect(output(page)).to_have_text("Hello World\n")
    page.get_by_label("Language").select_option("python")
    assert code_of(page) == HELLO


def test_language_switch_keeps_a_program_that_was_edited(carol: Visit) -> None:
    page = open_playground(carol(), MINE)
    page.get_by_label("Language").select_option("javascript")
    assert code_of(page) == MINE
    saved(page)
    page.reload()
    ready(page)
    assert code_of(page) == MINE
    expect(page.get_by_label("Language")).to_have_value("javascript")


def test_language_switch_from_a_template_brings_the_draft_of_that_language(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    write(page, "console.log('draft')")
    saved(page)
    page.locator("#examples summary").click()
    page.get_by_role("link", name="Hello World").click()
    page.get_by_label("Language").select_option("javascript")
    assert code_of(page) == "console.log('draft')"
    expect(note(page)).to_contain_text("Restored your draft.")


@pytest.mark.parametrize("damage", ["{", "null", '{"code": 1}', '{"code": "x", "id": "other"}'])
def test_damaged_draft_does_not_break_the_page(carol: Visit, damage: str) -> None:
    page = open_playground(carol(), MINE)
    saved(page)
    page.evaluate(
        "(damage) => { for (const key of Object.keys(localStorage))"
        " if (key.startsWith('draft:')) localStorage[key] = damage; }",
        damage,
    )
    fresh = page.context.new_page()
    fresh.goto("/playground/")
    ready(fresh)
    assert code_of(fresh) == HELLO
    run(fresh)
    expect(status(fresh)).to_contain_text("Finished in")
