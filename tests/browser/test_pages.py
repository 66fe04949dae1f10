"""The pages in a browser: accessible, light and dark, on a phone, and quiet."""

import os

from axe_playwright_python.sync_playwright import Axe

from tests.support.browser import sign_up
from tests.support.documents import ROOT

SHOTS = ROOT / "docs" / "screenshots"
PUBLIC = {
    "home": "/",
    "login": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
    "lab": "/lab/",
    "experiment": "/lab/memory-bomb/",
    "matrix": "/lab/matrix/",
}
PRIVATE = {
    "playground": "/playground/?example=error",
    "history": "/submissions/",
    "tokens": "/accounts/tokens/",
    "webhooks": "/accounts/webhooks/",
    "password": "/accounts/password/change/",
    "email": "/accounts/email/",
    "two-factor": "/accounts/2fa/",
    "sessions": "/accounts/sessions/",
    "data": "/accounts/data/",
    "log-out": "/accounts/logout/",
}
DESKTOP = {"width": 1000, "height": 640}
HEAD = {"x": 0, "y": 0, "width": 1000, "height": 440}
PHONE = {"width": 360, "height": 740}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def run_example(page):
    """Run an example in the playground; return the page with its result."""
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("link", name="View this run").wait_for()


def pages_of(visit, carol, **options):
    """Yield each (name, page). The last ones show the results of runs."""
    page = visit(**options).context.new_page()
    for name, address in PUBLIC.items():
        page.goto(address)
        yield name, page
    page = carol(**options).context.new_page()
    for name, address in PRIVATE.items():
        page.goto(address)
        if name == "playground":
            run_example(page)
        yield name, page
    page.goto("/submissions/")
    boxes = page.locator("td input[type=checkbox]")
    page.locator("td.program a[href^='/submissions/']").first.click()
    page.wait_for_url("**/submissions/*-*/")
    page.locator("#share form.toolbar button").click()
    page.get_by_text("Your share link is ready.").wait_for()
    page.reload()
    yield "submission", page
    page.goto("/submissions/links/")
    yield "links", page
    stranger = visit(**options).context.new_page()
    stranger.goto(page.locator("input.mono").first.input_value())
    yield "shared", stranger
    page.goto("/submissions/?search=print")
    yield "search", page
    page.locator("td.program a[href^='/submissions/']").first.click()
    page.get_by_role("button", name="Run again").click()
    page.goto("/submissions/")
    for number in (0, 1):
        boxes.nth(number).check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/**")
    yield "compare", page


def take(page, name, scheme):
    """Take a picture for the documents. The playground's is also the start page's."""
    clip = HEAD if name == "home" else None  # a picture of a picture is a large file
    page.screenshot(path=SHOTS / f"{name}-{scheme}.png", clip=clip)
    if name == "playground":
        page.screenshot(path=ROOT / f"submissions/static/submissions/playground-{scheme}.png")


def problems_of(page):
    return [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in Axe().run(page, options=RULES).response["violations"]
    ]


def test_every_page_is_accessible_in_both_schemes(visit, carol):
    found = {}
    for name, page in pages_of(visit, carol, viewport=DESKTOP):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[name, scheme] = problems_of(page)
            if os.environ.get("SCREENSHOTS"):
                take(page, name, scheme)
    assert {where: problems for where, problems in found.items() if problems} == {}


def test_every_page_fits_on_a_phone(visit, carol):
    wide = []
    for name, page in pages_of(visit, carol, viewport=PHONE):
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
    assert wide == []


def test_colours_follow_the_system(carol):
    def paper(scheme):
        page = carol(color_scheme=scheme).context.new_page()
        page.goto("/playground/")
        page.locator(".ace_line").first.wait_for()
        return page.evaluate(
            "['body', '.ace_editor'].map((s) =>"
            " getComputedStyle(document.querySelector(s)).backgroundColor)"
        )

    light, dark = paper("light"), paper("dark")
    assert light == ["rgb(255, 255, 255)"] * 2
    assert dark == ["rgb(15, 19, 25)"] * 2


def test_account_pages_work_from_sign_up_to_erasure(visit):
    person = visit()
    page = person.context.new_page()
    sign_up(page, "dave")
    page.goto("/accounts/tokens/")
    page.get_by_label("Name, for example").fill("laptop")
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Confirm").click()
    assert "Bearer sce_" in page.locator(".secret").inner_text()
    page.goto("/accounts/data/")
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Type your user name to confirm").fill("dave")
    page.get_by_role("button", name="Delete account").click()
    page.get_by_text("Your account is deleted").wait_for()
    assert page.get_by_role("link", name="Log in").first.is_visible()
