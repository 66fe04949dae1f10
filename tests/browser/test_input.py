"""A program's input and arguments in the playground: given before it runs."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visit
from tests.support.playground import ask_for_no_input, open_playground, output, run, status, write


def test_input_box_is_shown_before_a_program_that_reads_runs(carol: Visit) -> None:
    page = open_playground(carol())
    box = page.get_by_label("Input", exact=True)
    expect(box).to_be_hidden()
    write(page, "name = input()")
    expect(box).to_be_visible()
    page.get_by_text("Input and options").click()
    write(page, "name = input() + '!'")
    expect(box).to_be_hidden()  # the user has closed it


@pytest.mark.parametrize(
    ("code", "takes"),
    [
        ('int n; scanf("%d", &n);', True),
        ("fgets(line, sizeof line, stdin)", True),
        ("int n; std::cin >> n;", True),
        ('read -p "Guess: " guess', True),
        ("fgets(line, sizeof line, file); vaccine >> 2", False),
        ("# read the file", False),
    ],
)
def test_program_that_reads_input_is_recognised(carol: Visit, code: str, *, takes: bool) -> None:
    page = open_playground(carol(), code)
    expect(page.locator("#inputs")).to_have_js_property("open", takes)


def test_missing_input_is_explained_and_the_box_has_the_focus(carol: Visit) -> None:
    page = open_playground(carol(), "name = input()\nprint(name)")
    ask_for_no_input(page)
    run(page)
    expect(status(page)).to_contain_text(
        "Your program asked for more input than you gave it (line 1)"
    )
    expect(page.get_by_label("Input", exact=True)).to_be_focused()
    page.keyboard.type("Ada")
    page.keyboard.press("Control+Enter")
    expect(output(page)).to_have_text("Ada\n")


def test_input_arguments_and_language_reach_the_program(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    write(page, "process.stdin.on('data', (d) => console.log(process.argv.slice(2), `${d}`))")
    page.get_by_label("Input", exact=True).fill("in")
    page.get_by_label("Arguments").fill("a\nb")
    run(page)
    expect(output(page)).to_have_text("[ 'a', 'b' ] in\n")
