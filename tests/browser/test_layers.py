"""The home page, the drawing of the layers and the pages about them in a browser."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from executor import LAYERS
from tests.support.browser import Visit

WIDTHS = [360, 390, 768, 1024, 1440, 1920]

OVERFLOWING_LABELS = """
() => [...document.querySelectorAll(".drawing textPath")]
  .filter((label) => label.getBoundingClientRect().width > 0)
  .filter((label) => {
    const line = document.querySelector(label.getAttribute("href"));
    const room = line.id.startsWith("ring-") ? line.getTotalLength() * 72 / 180 : line.getTotalLength();
    return label.getComputedTextLength() > room - 4;
  })
  .map((label) => label.textContent)
"""


def findings(page: Page) -> Any:
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("address", ["/", "/lab/layers/", "/lab/layers/masked-paths/"])
def test_labels_of_the_drawing_fit_their_places(visit: Visit, address: str) -> None:
    page = visit().context.new_page()
    page.goto(address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOWING_LABELS) == [], width


def test_layers_of_the_drawing_lead_to_their_pages(visit: Visit) -> None:
    page = visit(viewport={"width": 1440, "height": 900}).context.new_page()
    page.goto("/")
    page.locator("[data-layer=no-network] .shape").click()
    page.wait_for_url("**/lab/layers/no-network/")
    assert page.get_by_role("heading", level=1).inner_text() == LAYERS["no network"].label
    assert page.locator(".drawing .place.lit").count() == 1


def test_layers_can_be_reached_by_keyboard(visit: Visit) -> None:
    page = visit(viewport={"width": 1440, "height": 900}).context.new_page()
    page.goto("/lab/layers/")
    first = page.locator(".groups .chip").first
    first.focus()
    names = [page.evaluate("document.activeElement.textContent")]
    for _ in range(len(LAYERS) - 1):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent"))
    assert names == [one.label for one in LAYERS.values()]
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lab/layers/seccomp/")


def shown_step(page: Page) -> str:
    visible = [step for step in page.locator(".step").all() if step.is_visible()]
    assert len(visible) == 1
    return visible[0].locator("h3").inner_text()


def test_attack_is_stepped_through_by_keyboard_alone(visit: Visit) -> None:
    page = visit(viewport={"width": 1440, "height": 900}).context.new_page()
    page.goto("/")
    following = page.get_by_role("button", name="Next")
    following.focus()
    seen = [shown_step(page)]
    for _ in range(4):
        page.keyboard.press("Enter")
        seen.append(shown_step(page))
    assert len(set(seen)) == 5
    assert re.match(r"Contained\s*by the memory limit", seen[2])
    assert re.match(r"Breach\s*without that layer", seen[4])
    assert page.evaluate("document.activeElement.textContent") == "Start again"
    assert page.get_by_role("status").inner_text().startswith("Step 5 of 5: Breach")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert shown_step(page) == seen[3]
    assert page.evaluate("document.activeElement.textContent") == "Back"
    assert page.locator(".bar [aria-current=true]").inner_text() == "The evidence"


def test_every_step_of_the_attack_is_accessible_and_fits(visit: Visit) -> None:
    page = visit(viewport={"width": 390, "height": 800}).context.new_page()
    page.goto("/")
    for chip in page.locator(".bar .chip").all():
        chip.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert findings(page) == []


def test_attack_can_be_read_without_a_script(visit: Visit) -> None:
    page = visit(java_script_enabled=False).context.new_page()
    page.goto("/")
    assert all(step.is_visible() for step in page.locator(".step").all())
    assert page.locator(".step").count() == 5


def test_lit_layer_stands_out_in_light_and_dark(visit: Visit) -> None:
    page = visit(viewport={"width": 1440, "height": 900}).context.new_page()
    page.goto("/lab/layers/masked-paths/")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        lit, other = (
            page.locator(f".drawing .ring-4 {place} .shape").first.evaluate(
                "e => getComputedStyle(e).fill"
            )
            for place in (".place.lit", ".place:not(.lit)")
        )
        assert lit != other
