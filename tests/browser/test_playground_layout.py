"""The playground's form: panes, menus, editor, sizes and colours."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visit, press_and_hear
from tests.support.playground import (
    code_of,
    enter_editor,
    open_playground,
    output,
    ready,
    run,
    status,
    width_of,
    write,
)
from tests.support.present import present

MORE_THAN_A_PANE = "for n in range(500): print(n)"
DESKTOP = {"width": 1280, "height": 720}
PHONE = {"width": 360, "height": 740}
OWN_BYTES = 500 * 1024
"""The most that the page's own scripts and styles may take, without the editor's."""
INDISTINCT = """() => {
  const ratio = (one, other) => {
    const light = (colour) => {
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const linear = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const field = getComputedStyle(document.querySelector(".ace_search_field"));
  return ratio(field.color, field.backgroundColor);
}"""


def divider(page: Page) -> Locator:
    return page.get_by_role("separator")


def problems_of(page: Page) -> Any:
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in Axe().run(page).response["violations"]
    ]


def height_of(locator: Locator) -> float:
    return present(locator.bounding_box())["height"]


def test_panes_fill_the_window_and_output_pushes_nothing(carol: Visit) -> None:
    page = open_playground(carol(viewport=DESKTOP), MORE_THAN_A_PANE)
    before = page.locator("#usage").bounding_box(), page.locator(".foot").bounding_box()
    run(page)
    expect(output(page)).to_contain_text("499")
    assert (page.locator("#usage").bounding_box(), page.locator(".foot").bounding_box()) == before
    foot = present(before[1])
    assert foot["y"] + foot["height"] == pytest.approx(DESKTOP["height"], abs=1)
    assert page.evaluate("document.documentElement.scrollHeight") == DESKTOP["height"]
    assert height_of(page.locator(".editor")) > DESKTOP["height"] / 2


def test_divider_moves_by_keyboard_and_is_remembered(carol: Visit) -> None:
    page = open_playground(carol(viewport=DESKTOP))
    editor = page.locator(".write")
    before = width_of(editor)
    divider(page).focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(divider(page)).to_have_attribute("aria-valuenow", "40")
    assert width_of(editor) < before - 100
    page.reload()
    ready(page)
    expect(divider(page)).to_have_attribute("aria-valuenow", "40")
    divider(page).focus()
    page.keyboard.press("Home")
    expect(divider(page)).to_have_attribute("aria-valuenow", "20")


def test_divider_follows_the_pointer(carol: Visit) -> None:
    page = open_playground(carol(viewport=DESKTOP))
    box = present(divider(page).bounding_box())
    page.mouse.move(box["x"] + 2, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(DESKTOP["width"] * 0.7, box["y"] + 80, steps=4)
    page.mouse.up()
    expect(divider(page)).to_have_attribute("aria-valuenow", "70")
    assert width_of(page.locator(".write")) == pytest.approx(DESKTOP["width"] * 0.7, abs=10)


def test_run_stays_in_reach_on_a_phone(carol: Visit) -> None:
    page = open_playground(carol(viewport=PHONE), MORE_THAN_A_PANE)
    run(page)
    expect(output(page)).to_contain_text("499")
    expect(output(page)).to_be_in_viewport()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_in_viewport()
    expect(divider(page)).to_be_hidden()


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1440, 1920])
def test_page_fits_the_window(carol: Visit, width: int) -> None:
    page = open_playground(
        carol(viewport={"width": width, "height": 800}), "print('x' * 3000)\n1/0 # " + "y" * 500
    )
    run(page)
    expect(status(page)).to_contain_text("ZeroDivisionError")
    for menu in ("examples", "drafts", "view"):
        page.locator(f"#{menu} summary").click()
        box = present(page.locator(f"#{menu} > :last-child").bounding_box())
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_page_is_accessible_in_every_state(carol: Visit, scheme: str, size: dict[str, Any]) -> None:
    page = open_playground(carol(viewport=size, color_scheme=scheme), "name = input()\n")
    found = {"begin": problems_of(page)}
    run(page)
    expect(status(page)).to_contain_text("seems to wait for your input")
    found["waiting"] = problems_of(page)
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    page.get_by_role("button", name="End of input").click()
    expect(status(page)).to_contain_text("asked for more input")
    found["ended"] = problems_of(page)
    page.get_by_role("button", name="Share").click()
    found["share"] = problems_of(page)
    page.keyboard.press("Escape")
    page.locator("#examples summary").click()
    found["examples"] = problems_of(page)
    page.get_by_role("link", name="Infinite loop").click()
    page.locator("#drafts summary").click()
    found["drafts"] = problems_of(page)
    page.locator("#view summary").click()
    found["view"] = problems_of(page)
    page.locator("#view summary").click()
    enter_editor(page)
    page.keyboard.press("Control+f")
    page.locator(".ace_search_field").first.wait_for()
    found["find"] = problems_of(page)
    assert {where: problems for where, problems in found.items() if problems} == {}


def test_find_box_is_readable_in_the_dark(carol: Visit) -> None:
    page = open_playground(carol(color_scheme="dark"))
    enter_editor(page)
    page.keyboard.press("Control+f")
    page.locator(".ace_search_field").first.wait_for()
    assert page.evaluate(INDISTINCT) > 7


def test_view_is_remembered(carol: Visit) -> None:
    page = open_playground(carol())
    page.locator("#view summary").click()
    page.get_by_role("button", name="Larger text").click()
    page.get_by_label("Wrap long lines").check()
    page.get_by_label("Show errors (stderr) apart").check()
    page.reload()
    ready(page)
    options = page.evaluate(
        "ace.edit(document.querySelector('.editor')).getOptions(['fontSize', 'wrap'])"
    )
    assert options == {"fontSize": 16, "wrap": "free"}
    write(page, "import sys\nprint('out')\nprint('err', file=sys.stderr)")
    run(page)
    expect(output(page)).to_have_text("out\n")
    expect(page.get_by_role("group", name="Errors (stderr)")).to_have_text("err\n")


def test_suggestions_come_while_typing_and_can_be_switched_off(carol: Visit) -> None:
    page = open_playground(carol(), "")
    page.wait_for_function(
        "() => ace.require('ace/ext/language_tools')"
        " && ace.edit(document.querySelector('.editor')).getOption('enableLiveAutocompletion')"
    )
    popup = page.locator(".ace_autocomplete")
    enter_editor(page)
    page.keyboard.type("pri")
    expect(popup).to_contain_text("print")
    page.keyboard.press("Enter")  # no suggestion is chosen yet
    assert code_of(page) == "pri\n"
    page.keyboard.type("enume")
    expect(popup).to_contain_text("enumerate")
    page.wait_for_function(  # the list is that of the whole word
        "() => ace.edit(document.querySelector('.editor')).completer.completions?.filterText === 'enume'"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert code_of(page) == "pri\nenumerate"
    page.locator("#view summary").click()
    page.get_by_label("Suggest while typing").uncheck()
    enter_editor(page)
    page.keyboard.press("Control+End")
    page.keyboard.type("\nisinst")
    expect(popup).to_be_hidden()
    page.keyboard.press("Control+Space")
    expect(popup).to_contain_text("isinstance")
    page.keyboard.press("Enter")
    assert code_of(page) == "pri\nenumerate\nisinstance"


def test_editor_has_no_palette_of_its_own(carol: Visit) -> None:
    page = open_playground(carol())
    enter_editor(page)
    page.keyboard.press("F1")
    page.keyboard.press("Control+,")
    page.keyboard.type("x")
    assert code_of(page).count("x") == 1
    assert page.locator(".ace_prompt_container, #ace_settingsmenu").count() == 0


def test_hint_names_the_key_of_a_mac(carol: Visit) -> None:
    person = carol()
    person.context.add_init_script(
        "Object.defineProperty(navigator, 'platform', { value: 'MacIntel' })"
    )
    page = open_playground(person)
    expect(page.locator(".keys")).to_contain_text("⌘ Enter to run")


def test_hints_on_keys_are_hidden_on_a_touch_screen(carol: Visit) -> None:
    page = open_playground(carol(has_touch=True, is_mobile=True, viewport=PHONE))
    expect(page.locator(".keys")).to_be_hidden()


def test_program_and_output_are_copied_and_downloaded(carol: Visit) -> None:
    person = carol()
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_playground(person, "print('copied')")
    pasted = "navigator.clipboard.readText()"
    press_and_hear(page.locator("#copy"), "Copied")
    assert page.evaluate(pasted) == "print('copied')"
    run(page)
    expect(output(page)).to_have_text("copied\n")
    press_and_hear(page.locator("#copy-output"), "Copied")
    assert page.evaluate(pasted) == "copied\n"
    for name, file in (("Download", "program.py"), ("Download output", "output.txt")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        assert download.value.suggested_filename == file


def test_program_is_copied_without_a_clipboard(carol: Visit) -> None:
    """As over plain http, where browsers offer no clipboard object."""
    page = open_playground(carol(), "print('copied')")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    press_and_hear(page.locator("#copy"), "Copied")


def test_motion_stops_where_people_want_less(carol: Visit) -> None:
    page = open_playground(carol(reduced_motion="reduce"), "import time\ntime.sleep(30)")
    run(page)
    expect(page.locator(".spinner")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("Cancelled")  # or it would run beside the next tests


def test_first_paint_waits_for_no_editor_and_no_module(carol: Visit) -> None:
    page = carol().context.new_page()
    page.route(re.compile(r"/(ace|playground|site)\.js"), lambda route: None)  # they never arrive
    page.goto("/playground/", wait_until="commit")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()
    page.wait_for_function(
        # As a function: a bare expression is evaluated again and again, which the page's policy forbids.
        "() => performance.getEntriesByName('first-contentful-paint').length"
    )


def test_own_scripts_and_styles_are_small(carol: Visit) -> None:
    page = open_playground(carol())
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map((one) => [one.name, one.decodedBodySize])"
    )
    sizes = {
        url: size for url, size in loaded if re.search(r"\.(js|css)$", url) and "/ace/" not in url
    }
    assert any("playground.js" in url for url in sizes)
    assert all(sizes.values())
    assert sum(sizes.values()) < OWN_BYTES
