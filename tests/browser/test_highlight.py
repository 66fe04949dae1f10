"""Colours of programs on pages: found in the reader's browser, on text that stays as it is."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.support.browser import Visit, sign_up
from tools.site import Service

PROGRAM = """import math


def area(radius):  # of a circle
    \"\"\"Return
    the area.\"\"\"
    return 3.14 * radius ** 2

print(area(1 / 0))
"""
HOSTILE = """x = "</span></pre><script>alert(1)</script><img src=x onerror=alert(2)>"
# <svg onload=alert(3)>{{ 1 }}
'<a href="javascript:alert(4)">' &lt; &amp;amp;
"""
MODES = {"python": "python", "javascript": "javascript", "c": "c_cpp"}
ADD = """
from django.contrib.auth.models import User
from tests.support.factories import make_submission

user = User.objects.get(username="ruth")
run = make_submission(user, code={code!r}, language={language!r}, verdict="runtime_error",
    error="ZeroDivisionError: division by zero (line 9)")
print(run.pk)
"""
COLOURED = "pre.code .line [class^=ace_]"
INHABITANTS = """(program) => [...program.querySelectorAll("*")].filter((one) =>
  one.localName !== "span" || one.getAttributeNames().some((name) => !["class", "id"].includes(name))
).length"""
SLOW = "let now = 0; performance.now = () => (now += 60);"
"""Half of the time that a program may take is over at each look at the clock."""


@pytest.fixture(scope="module")
def ruths_session(browser: Browser, served: Service) -> StorageState:
    context = browser.new_context(base_url=served.address)
    sign_up(context.new_page(), "ruth")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def show(visit: Visit, ruths_session: StorageState, served: Service) -> Any:
    """Return a function that opens the page of ruth's run of a program."""

    def make(code: str, language: str = "python", script: str = "", **options: Any) -> Page:
        visitor = visit(storage_state=ruths_session, **options)
        page = visitor.context.new_page()
        if script:
            page.add_init_script(script)
        added = served.manage("shell", "-v", "0", "-c", ADD.format(code=code, language=language))
        page.goto(f"/submissions/{added.split()[-1]}/")
        return page

    return make


def program_on(page: Page) -> Locator:
    return page.get_by_role("group", name="Program")


def test_program_of_a_run_is_coloured_and_its_text_unchanged(show: Any) -> None:
    page = show(PROGRAM)
    program = program_on(page)
    expect(program.locator(".ace_keyword").first).to_have_text("import")
    expect(program.locator(".ace_comment").first).to_have_text("# of a circle")
    # A string that goes over two lines is one.
    expect(program.locator(".line").nth(5).locator(".ace_string").first).to_contain_text(
        "the area."
    )
    expect(program.locator(".line")).to_have_count(PROGRAM.count("\n"))
    expect(program.locator("#line-9.marked")).to_have_text("print(area(1 / 0))")
    assert program.text_content() == PROGRAM
    selected = program.evaluate(
        "(one) => (getSelection().selectAllChildren(one), `${getSelection()}`)"
    )
    assert selected.rstrip("\n") == PROGRAM.rstrip("\n")  # without the numbers


@pytest.mark.parametrize("language", MODES)
def test_hostile_text_is_inert(show: Any, language: str) -> None:
    program = program_on(show(HOSTILE, language))
    expect(program).to_have_attribute("data-mode", MODES[language])
    expect(program.locator("[class^=ace_]").first).to_be_visible()
    assert program.text_content() == HOSTILE
    assert program.evaluate(INHABITANTS) == 0


@pytest.mark.parametrize(
    "code", ["x = 1\n" * 1667, f"x = '{'a' * 500}'\n"], ids=["program", "line"]
)
def test_program_that_is_too_long_stays_plain(show: Any, code: str) -> None:
    page = show(code)
    page.wait_for_load_state("networkidle")
    expect(page.locator(COLOURED)).to_have_count(0)
    assert program_on(page).text_content() == code
    assert page.evaluate("window.ace") is None  # not even loaded


def test_program_that_takes_too_long_is_coloured_in_part(show: Any) -> None:
    page = show("x = 1\n" * 20, script=SLOW)
    program = program_on(page)
    expect(program.locator(".line").nth(0).locator(".ace_numeric")).to_have_text("1")
    expect(program.locator(".line").nth(1).locator("span")).to_have_count(0)
    assert program.text_content() == "x = 1\n" * 20


def test_program_is_whole_and_plain_without_scripts(show: Any) -> None:
    page = show(PROGRAM, java_script_enabled=False)
    expect(page.locator(COLOURED)).to_have_count(0)
    assert program_on(page).text_content() == PROGRAM


def test_program_is_whole_and_plain_where_the_tokenizer_does_not_arrive(visit: Visit) -> None:
    visitor = visit()
    visitor.expected = ("ERR_FAILED",)
    page = visitor.context.new_page()
    page.route("**/ace.js", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/lab/memory-bomb/")
    expect(page.locator(COLOURED)).to_have_count(0)
    expect(program_on(page)).to_contain_text("kept.append")


@pytest.mark.parametrize("address", ["/", "/lab/memory-bomb/", "/api/docs/"])
def test_programs_of_the_site_are_coloured_for_everybody(visit: Visit, address: str) -> None:
    page = visit().context.new_page()
    page.goto(address)
    expect(page.locator(f"{COLOURED}.ace_keyword").first).to_be_attached()


def test_program_of_a_run_is_coloured_for_staff(show: Any, desk: Visit) -> None:
    pk = show(PROGRAM).url.rstrip("/").rsplit("/", 1)[-1]
    page = desk().context.new_page()
    page.goto(f"/admin/submissions/submission/{pk}/change/")
    expect(page.locator(COLOURED).first).to_have_text("import")
    assert program_on(page).text_content() == PROGRAM
