"""The first plot of a page (`make test-languages`: it needs the environment `python-data`)."""

from time import monotonic

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visit
from tests.support.playground import open_playground, run

pytestmark = pytest.mark.long


def test_plot_is_seen_after_run_is_pressed(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_text("Examples").click()
    page.get_by_role("link", name="A plot").click()
    expect(page.locator("#packages summary")).to_have_text("16 packages")
    expect(page.locator("#usage")).to_contain_text("– of 256 MiB")
    pressed = monotonic()
    run(page)
    image = page.get_by_role("region", name="Files").get_by_role("img", name="figure-1.png")
    expect(image).to_have_js_property("naturalWidth", 640)
    print(f"\nthe plot was seen {monotonic() - pressed:.2f} s after Run was pressed")
    page.get_by_text("16 packages").click()
    expect(page.locator("#packages")).to_contain_text("numpy 2.")
    expect(page.locator("#limits")).to_contain_text("256 MiB of memory")
