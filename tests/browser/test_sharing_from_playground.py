"""A run is shared from the playground."""

from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import Visit, press_and_hear
from tests.support.playground import open_playground, output, run, status, write
from tests.support.present import present


def share(page: Page) -> Locator:
    page.get_by_role("button", name="Share").click()
    return page.get_by_role("dialog", name="Share this run")


def test_shared_run_is_opened_by_a_stranger_until_it_is_revoked(carol: Visit, visit: Visit) -> None:
    person, stranger = carol(), visit()
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stranger.expected = ("404",)
    page = open_playground(person, "print('for everybody')")
    run(page)
    expect(output(page)).to_have_text("for everybody\n")
    dialog = share(page)
    dialog.get_by_label("Expires after").select_option("7")
    dialog.get_by_role("button", name="Make a link").click()
    expect(dialog).to_contain_text("The link expires on")
    press_and_hear(dialog.get_by_role("button", name="Copy link"), "Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == dialog.get_by_label("Link").input_value()
    other = stranger.context.new_page()
    other.goto(link)
    expect(other.locator("main")).to_contain_text("for everybody")
    assert "carol" not in other.content()
    dialog.get_by_role("link", name="the page of this run").click()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("The share link is revoked.").wait_for()
    assert present(other.goto(link)).status == 404


def test_share_needs_a_run(carol: Visit) -> None:
    page = open_playground(carol(), "print(1)")
    page.get_by_role("button", name="Share").click(force=True)
    expect(status(page)).to_contain_text("Run your program first.")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_change_since_the_run_is_noted_and_the_dialog_returns_the_focus(carol: Visit) -> None:
    page = open_playground(carol(), "print(1)")
    run(page)
    expect(output(page)).to_have_text("1\n")
    changed = page.get_by_text("You have edited the program since this run.")
    share(page)
    expect(changed).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#share")).to_be_focused()
    write(page, "print(2)")
    share(page)
    expect(changed).to_be_visible()


def test_late_link_is_not_shown_for_the_next_run(carol: Visit) -> None:
    held: list[Route] = []
    page = open_playground(carol(), "print(1)")
    page.route("**/share/", lambda route: held.append(route))
    run(page)
    expect(output(page)).to_have_text("1\n")
    with page.expect_request("**/share/"):
        share(page).get_by_role("button", name="Make a link").click()
    page.keyboard.press("Escape")
    write(page, "print(2)")
    run(page)
    expect(output(page)).to_have_text("2\n")
    dialog = share(page)
    with page.expect_response("**/share/"):
        held[0].continue_()
    page.wait_for_timeout(300)  # for the script to show it, if it would
    expect(dialog.get_by_role("button", name="Make a link")).to_be_visible()
    expect(dialog.get_by_label("Link")).to_be_hidden()


def test_refused_link_is_explained(carol: Visit) -> None:
    person = carol()
    person.expected = ("429",)
    page = open_playground(person, "print(1)")
    run(page)
    expect(output(page)).to_have_text("1\n")
    detail = "You may make 60 share links an hour. Try again later."
    page.route("**/share/", lambda route: route.fulfill(status=429, json={"detail": detail}))
    dialog = share(page)
    dialog.get_by_role("button", name="Make a link").click()
    expect(dialog.get_by_role("alert")).to_have_text(detail)
