"""Every page in a browser: accessible, light and dark, at every width, and quiet."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect

from tests.support import calm_chromium
from tests.support.browser import Visit, sign_up
from tests.support.documents import ROOT
from tests.support.walk import ROWS, Walk
from tools.site import Service

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDTHS = (360, 390, 768, 1024, 1440, 1920)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
INSPECT = "(rules) => axe.run({ runOnly: rules, resultTypes: ['violations'] })"
UNFOLD = """() => {
  // A bar that stays at the edge covers only what can be scrolled to.
  for (const one of document.querySelectorAll(".bar")) one.style.position = "static";
  for (const one of document.querySelectorAll("main details:not(.menu, [name])")) one.open = true;
}"""
MISFITS = """() => {
  // What sticks out of the page, and words that are broken inside, apart from code and output.
  const found = [];
  const past = document.documentElement.scrollWidth - innerWidth;
  if (past > 0) found.push(`the page is ${past} pixels too wide`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest("pre, code, svg, option, script, style, .ace_editor, .console, .mono")) continue;
    if (parent.closest(".hidden") || !parent.checkVisibility()) continue;
    const isUpright = getComputedStyle(parent).writingMode === "horizontal-tb";
    for (const word of node.data.matchAll(/(?<![\\p{L}\\d])\\p{L}{2,24}(?![\\p{L}\\d])/gu)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const boxes = [...range.getClientRects()];
      const lines = new Set(boxes.map((box) => Math.round(isUpright ? box.top : box.left)));
      if (lines.size > 1) found.push(`broken: ${word[0]}`);
    }
  }
  return found.slice(0, 5);
}"""
SHOTS = ROOT / "docs" / "screenshots"
SHOWN = {
    "home": "home",
    "playground-after-a-run": "playground",
    "history": "history",
    "lab": "lab",
    "matrix": "matrix",
    "admin": "admin",
}
"""The pages whose pictures the documents show, and the pictures' names."""


@pytest.fixture(scope="module")
def graces_session(browser: Browser, served: Service) -> StorageState:
    context = browser.new_context(base_url=served.address)
    sign_up(context.new_page(), "grace")
    served.manage("shell", "-v", "0", "-c", ROWS)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def emptys_session(browser: Browser, served: Service) -> StorageState:
    context = browser.new_context(base_url=served.address)
    sign_up(context.new_page(), "henry")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def walk(
    visit: Visit,
    desk: Visit,
    served: Service,
    graces_session: StorageState,
    emptys_session: StorageState,
) -> Walk:
    return Walk(
        anybody=visit,
        member=lambda **options: visit(storage_state=graces_session, **options),
        newcomer=lambda **options: visit(storage_state=emptys_session, **options),
        administrator=desk,
        database=Path(served.environment["VAR_DIR"]) / "db.sqlite3",
    )


def problems_of(page: Page, rules: list[str]) -> Any:
    found = page.evaluate(INSPECT, rules)["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def faults_of(page: Page) -> Any:
    """Return what is wrong with a page in both schemes and at every width."""
    found: dict[int | str, list[Any]] = {}
    page.evaluate(UNFOLD)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found[width] = page.evaluate(MISFITS)
    page.evaluate(Axe().axe_script)
    page.set_viewport_size(PHONE)
    found["dark phone"] = problems_of(page, RULES)
    page.set_viewport_size(DESKTOP)
    found["dark"] = problems_of(page, ["color-contrast"])
    page.emulate_media(color_scheme="light")
    found["light"] = problems_of(page, RULES)
    page.emulate_media(color_scheme="dark")
    return {where: faults for where, faults in found.items() if faults}


def take(page: Page, name: str, folder: Path) -> None:
    """Take the pictures of a page: for looking at them, and those of the documents."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(DESKTOP)
        if name in SHOWN:
            page.screenshot(path=SHOTS / f"{SHOWN[name]}-{scheme}.png")
        for width in (390, 768, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("part", ["public", "errors", "members", "runs", "admin"])
def test_every_page_is_accessible_in_both_schemes_and_fits_every_width(
    walk: Walk, part: str
) -> None:
    folder = os.environ.get("SCREENSHOTS")
    found = {}
    options = {"viewport": DESKTOP, "color_scheme": "dark"}
    with closing(getattr(walk, part)(**options)) as pages:  # mends what it has damaged, at once
        for name, page in pages:
            if folder:
                take(page, name, Path(folder))
            elif faults := faults_of(page):
                found[name] = faults
    assert found == {}


def test_colours_follow_the_system(carol: Visit) -> None:
    def paper(scheme: str) -> Any:
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


def test_browser_hears_nothing_of_the_machines_network() -> None:
    """Docker's interfaces come and go while tests run, and Chromium gives up loads then."""
    code = "import socket as s; s.socket(); print('on'); s.socket(s.AF_NETLINK, s.SOCK_RAW)"
    started = subprocess.run(
        [calm_chromium.__file__, "-c", code],
        env={**os.environ, "CHROMIUM": sys.executable},
        capture_output=True,
        text=True,
    )
    assert started.stdout == "on\n"
    assert "Address family not supported" in started.stderr


def test_account_pages_work_from_sign_up_to_erasure(visit: Visit) -> None:
    person = visit()
    page = person.context.new_page()
    sign_up(page, "dave")
    page.goto("/accounts/tokens/")
    page.get_by_label("Name, for example").fill("laptop")
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".secret")).to_contain_text("Bearer sce_")
    page.goto("/accounts/data/")
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Type your user name to confirm").fill("dave")
    page.get_by_role("button", name="Delete account").click()
    page.get_by_text("Your account is deleted").wait_for()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()
