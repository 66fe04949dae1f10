"""The lab's attacks in several languages, in a browser."""

import pytest
from playwright.sync_api import expect

from executor import offered
from tests.support.browser import Visit


def test_language_chip_leaves_the_attacks_in_it(visit: Visit) -> None:
    page = visit().context.new_page()
    page.goto("/lab/")
    cards = page.locator(".attack:visible")
    everything = cards.count()
    chips = page.locator("ul[aria-labelledby='facet-language']")
    chips.get_by_role("link", name="JavaScript", exact=True).click()
    assert 0 < cards.count() < everything
    for card in cards.all():
        expect(card.locator(".programs")).to_contain_text("JavaScript")
    found = cards.count()
    page.reload()  # the address says the same to the server
    assert cards.count() == found


@pytest.mark.skipif("c" not in offered(), reason="EXECUTOR_LANGUAGES does not name c")
def test_attack_in_c_is_chosen_run_and_edited(desk: Visit) -> None:
    page = desk().context.new_page()
    page.goto("/lab/fork-bomb/")
    page.get_by_role("navigation", name="Language").get_by_role(
        "link", name="C", exact=True
    ).click()
    page.wait_for_url("**/lab/fork-bomb-c/")
    coloured = page.locator(".program .ace_keyword", has_text="#include")
    expect(coloured.first).to_be_visible()
    page.get_by_role("button", name="Run the attack").click()
    page.wait_for_url("**/lab/runs/**")
    expect(page.locator("main")).to_contain_text("Contained by the process limit")
    page.get_by_role("button", name="Edit in the playground").click()
    page.wait_for_url("**/playground/")
    expect(page.get_by_label("Language", exact=True)).to_have_value("c")
