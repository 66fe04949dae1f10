"""Share links in a browser: made by their owner, opened by a stranger, revoked, expired."""

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.support.browser import Visit, press_and_hear, sign_up
from tests.support.clients import PASSWORD
from tests.support.present import present
from tools.site import Service

CODE = "import sys\nprint('<i>shared</i>', sys.argv[1:], input())"
RUN = """async (body) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch("/run", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  return (await answer.json()).id;
}"""
EXPIRE = """
from django.utils import timezone
from submissions.sharing.models import ShareLink
ShareLink.objects.update(expires=timezone.now())
"""
NOT_FOUND = "This share link opens nothing"
MISSING = "status of 404"
"""What the browser notes of a page that is not there."""


@pytest.fixture(scope="module")
def emils_session(browser: Browser, served: Service) -> StorageState:
    context = browser.new_context(base_url=served.address)
    sign_up(context.new_page(), "emil")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def owner(visit: Visit, emils_session: StorageState) -> Page:
    """Return emil's page of a run."""
    page = visit(storage_state=emils_session).context.new_page()
    page.goto("/playground/")
    pk = page.evaluate(RUN, {"code": CODE, "stdin": "typed\n", "args": ["one", "two words"]})
    page.goto(f"/submissions/{pk}/")
    return page


@pytest.fixture
def stranger(visit: Visit) -> Page:
    visitor = visit()
    visitor.expected = (MISSING,)
    return visitor.context.new_page()


def make_link(page: Page) -> str:
    page.get_by_role("link", name="Share", exact=True).click()
    page.get_by_role("button", name="Make a link").click()
    page.get_by_text("Your share link is ready.").wait_for()
    return page.get_by_role("textbox", name="Share link 1").input_value()


def test_link_is_copied_and_opened_by_a_stranger(owner: Page, stranger: Page) -> None:
    address = make_link(owner)
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press_and_hear(owner.get_by_role("button", name="Copy").first, "Copied")
    assert owner.evaluate("navigator.clipboard.readText()") == address
    stranger.goto(address)
    expect(stranger.locator("#stdout")).to_have_text("<i>shared</i> ['one', 'two words'] typed\n")
    expect(stranger.locator("pre.code")).to_have_text(f"{CODE}\n")
    expect(stranger.locator("pre.code .ace_keyword").first).to_have_text("import")  # in colours
    stranger.get_by_text("Show the evidence").click()
    stranger.get_by_text("Exit code 0.").wait_for()
    assert "emil" not in stranger.content()


def test_link_is_copied_without_a_clipboard(owner: Page) -> None:
    """As over plain http on another host, where browsers offer no clipboard object."""
    make_link(owner)
    owner.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    press_and_hear(owner.get_by_role("button", name="Copy").first, "Copied")


def test_name_is_on_the_page_if_it_is_wanted(owner: Page, stranger: Page) -> None:
    owner.get_by_label("Show my user name").check()
    owner.get_by_label("Expires after").select_option("1 day")
    stranger.goto(make_link(owner))
    stranger.get_by_text("emil shared this run").wait_for()
    stranger.get_by_text("The link expires in 24 hours").wait_for()


def test_stranger_logs_in_and_opens_the_program_in_the_playground(
    owner: Page, stranger: Page, visit: Visit
) -> None:
    address = make_link(owner)
    sign_up(visit().context.new_page(), "frida")
    stranger.goto(address)
    stranger.get_by_role("link", name="Log in to open it in your playground").click()
    stranger.get_by_label("User name").fill("frida")
    stranger.get_by_label("Password", exact=True).fill(PASSWORD)
    stranger.locator("main").get_by_role("button", name="Log in").click()
    stranger.wait_for_url(address)
    stranger.get_by_role("button", name="Open in my playground").click()
    stranger.wait_for_url("**/playground/")
    expect(stranger.locator("[name=code]")).to_have_value(CODE)
    expect(stranger.locator("[name=stdin]")).to_have_value("typed\n")
    expect(stranger.locator("[name=args]")).to_have_value("one\ntwo words")


def test_revoked_link_opens_nothing(owner: Page, stranger: Page) -> None:
    address = make_link(owner)
    owner.get_by_role("button", name="Revoke share link 1").click()
    owner.get_by_text("The share link is revoked.").wait_for()
    assert present(stranger.goto(address)).status == 404
    stranger.get_by_role("heading", name=NOT_FOUND).wait_for()


def test_expired_link_opens_nothing(owner: Page, stranger: Page, served: Service) -> None:
    address = make_link(owner)
    served.manage("shell", "-v", "0", "-c", EXPIRE)
    assert present(stranger.goto(address)).status == 404
    stranger.get_by_role("heading", name=NOT_FOUND).wait_for()
    owner.reload()
    expect(owner.get_by_role("textbox", name="Share link 1")).to_have_count(0)


def test_list_of_links_revokes_one(owner: Page) -> None:
    make_link(owner)
    owner.goto("/submissions/links/")
    links = owner.get_by_role("textbox")
    before = links.count()
    owner.get_by_role("button", name="Revoke").first.click()
    owner.get_by_text("The share link is revoked.").wait_for()
    expect(links).to_have_count(before - 1)
