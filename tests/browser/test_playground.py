"""The playground for its users: real Chromium, the real service, real containers."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, cast

import pytest
import requests
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import Visit, sign_up
from tests.support.playground import (
    code_of,
    enter_editor,
    open_playground,
    output,
    ready,
    run,
    status,
    write,
)
from tests.support.waiting import PATIENCE_SECONDS, eventually
from tools.site import Service

FOR_EVER = "import time\nprint('first', flush=True)\nwhile True: time.sleep(1)"
NASTY = "<img src=x onerror=alert(1)><script>alert(1)</script>\x1b[31mred\x1b[0m\u202e=1+1"


def run_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Run", exact=True)


def test_new_user_signs_up_and_runs_a_program_by_keyboard(visit: Visit) -> None:
    page = visit().context.new_page()
    sign_up(page, "erin")
    ready(page)
    enter_editor(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("print(6 * 7)")
    page.keyboard.press("Control+Enter")
    expect(output(page)).to_have_text("42\n")
    expect(status(page)).to_contain_text(re.compile(r"OK Finished in \d+\.\d\d s\."))
    expect(page.locator("#usage")).to_contain_text("of 128 MiB")


def test_first_line_is_seen_before_the_program_ends_and_stop_ends_it(carol: Visit) -> None:
    page = open_playground(carol(), FOR_EVER)
    run(page)
    expect(output(page)).to_have_text("first\n")
    expect(status(page)).to_contain_text("Running")
    time = page.locator("[data-said=wall_ms]")
    earlier = time.inner_text()
    expect(time).not_to_have_text(earlier)
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("Cancelled")
    expect(output(page)).to_have_text("first\n")
    expect(run_button(page)).to_be_enabled()


@pytest.mark.parametrize(
    ("code", "verdict", "sentence", "layer", "full"),
    [
        ("while True: pass", "Time limit exceeded", "2 s", "cpu-time", "cpu_ms"),
        (
            "x = 'a' * 1000000000",
            "Memory limit exceeded",
            "128 MiB",
            "memory-cgroup",
            "memory_peak_bytes",
        ),
        ("while True: print('x' * 99)", "Output limit exceeded", "64 KiB", "output-cap", None),
    ],
)
def test_limit_is_explained_in_a_sentence_with_a_link_to_its_layer(
    carol: Visit, code: str, verdict: str, sentence: str, layer: str, full: str | None
) -> None:
    page = open_playground(carol(), code)
    run(page)
    expect(status(page)).to_contain_text(verdict)
    expect(status(page)).to_contain_text(sentence)
    if full:
        expect(page.locator(f"[data-used={full}]")).to_have_attribute("data-state", "full")
    page.get_by_role("link", name="Why?").click()
    page.wait_for_url(f"**/lab/layers/{layer}/")
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize(
    ("code", "label"),
    [("def f(:", "Syntax error"), ("raise SystemExit(3)", "Exit code 3"), ("1/0", "Runtime error")],
)
def test_end_of_a_failed_program_is_named(carol: Visit, code: str, label: str) -> None:
    page = open_playground(carol(), code)
    run(page)
    expect(status(page).locator(".badge")).to_have_text(label)
    expect(page.get_by_role("link", name="Why?")).to_have_count(0)


def test_error_is_marked_at_its_line_and_links_lead_there(carol: Visit) -> None:
    code = "def half(x):\n    return x / 0\n\n\nhalf(1)\n"
    page = open_playground(carol(), code)
    run(page)
    expect(status(page)).to_contain_text("ZeroDivisionError: division by zero (line 2)")
    expect(page.locator(".ace_gutter-cell.ace_error")).to_contain_text("2")
    expect(page.locator(".error-line")).to_have_count(1)
    row = "ace.edit(document.querySelector('.editor')).getCursorPosition().row"
    output(page).get_by_role("button", name="Go to line 5").click()
    assert page.evaluate(row) == 4
    status(page).get_by_role("button", name="Go to line 2").click()
    assert page.evaluate(row) == 1
    assert page.evaluate("Boolean(document.activeElement.closest('.editor'))")
    write(page, "print(1)")
    run(page)
    expect(output(page)).to_have_text("1\n")
    expect(page.locator(".error-line")).to_have_count(0)


def test_error_in_javascript_is_marked_at_its_line(carol: Visit) -> None:
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    write(page, "\n\nundefinedName();")
    run(page)
    expect(page.locator(".ace_gutter-cell.ace_error")).to_contain_text("3")
    output(page).get_by_role("button", name="Go to line 3").first.click()


def test_line_of_a_program_that_was_edited_during_the_run_is_not_marked(carol: Visit) -> None:
    page = open_playground(carol(), "print('here')\ninput()\n1 / 0")
    run(page)
    expect(output(page)).to_contain_text("here")
    write(page, "\n\n# another line")
    page.get_by_label("Type input").fill("x")
    page.get_by_role("button", name="Send").click()
    expect(status(page)).to_contain_text("ZeroDivisionError: division by zero (line 3)")
    expect(page.locator(".error-line")).to_have_count(0)
    expect(page.get_by_role("button", name="Go to line 3")).to_have_count(0)


def test_line_that_the_program_does_not_have_is_no_link(carol: Visit) -> None:
    page = open_playground(carol(), "print('File \"/app/script.py\", line 999, /app/script.py:1')")
    run(page)
    expect(output(page)).to_contain_text("line 999")
    expect(output(page).get_by_role("button")).to_have_text("1")


def test_escape_and_tab_leave_the_editor(carol: Visit) -> None:
    page = open_playground(carol())
    enter_editor(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.ace_text-input')")
    for _ in range(8):
        page.keyboard.press("Tab")
    assert not page.evaluate("Boolean(document.activeElement.closest('.editor'))")


def test_run_by_keyboard_keeps_the_focus(carol: Visit) -> None:
    page = open_playground(carol(), "print(1)")
    run_button(page).focus()
    page.keyboard.press("Enter")
    expect(output(page)).to_have_text("1\n")
    expect(status(page)).to_contain_text("OK")
    expect(run_button(page)).to_be_focused()
    write(page, FOR_EVER)
    page.keyboard.press("Enter")
    expect(output(page)).to_have_text("first\n")
    expect(run_button(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("Cancelled")
    expect(run_button(page)).to_be_focused()


def test_too_long_program_switches_run_off_and_names_the_reason(carol: Visit) -> None:
    page = open_playground(carol(), "😀" * 4999)
    expect(page.locator("#left")).to_have_text("1 character left")
    write(page, "#" * 5202)
    expect(run_button(page)).to_have_attribute("aria-disabled", "true")
    reason = "Your program is 202 characters too long (limit 5,000)."
    expect(page.locator("#left")).to_have_text(reason)
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_contain_text(reason)
    write(page, "print(1)")
    expect(run_button(page)).to_have_attribute("aria-disabled", "false")


def test_empty_program_is_not_sent(carol: Visit) -> None:
    page = open_playground(carol(), " \n")
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_contain_text("There is nothing to run yet.")


def test_hostile_output_is_only_text(carol: Visit) -> None:
    page = open_playground(carol(), f"import time\nprint({NASTY!r}, flush=True)\ntime.sleep(0.5)")
    run(page)
    expect(output(page)).to_have_text(
        "<img src=x onerror=alert(1)><script>alert(1)</script>red\\u{202e}=1+1\n"
    )
    expect(status(page)).to_contain_text("OK")
    assert page.locator("#console img, #console script").count() == 0
    page.get_by_role("link", name="View this run").click()
    page.wait_for_url("**/submissions/*-*/")
    expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
    page.goto("/submissions/")
    assert page.locator("main img, main script").count() == 0


def test_without_a_script_the_form_leads_to_the_result(carol: Visit) -> None:
    page = carol(java_script_enabled=False).context.new_page()
    page.goto("/playground/")
    page.locator("#examples summary").click()
    page.get_by_role("link", name="Reading input").click()
    page.wait_for_url("**example=**")  # with the whole form
    expect(page.locator("#share")).to_be_hidden()
    run(page)
    expect(page.locator("main")).to_contain_text("5 numbers, sum 14, largest 5")


def test_ended_session_is_explained_and_keeps_the_draft(carol: Visit) -> None:
    person = carol()
    person.expected = ("401", "403")
    page = open_playground(person, "print('kept')")
    cookies = person.context.cookies()
    person.context.clear_cookies(name="sessionid")
    run(page)
    expect(status(page)).to_contain_text("You are logged out. Your draft is kept.")
    page.get_by_role("link", name="Log in again").click()
    page.wait_for_url(re.compile(r"/accounts/login/\?next=%2Fplayground%2F$"))
    person.context.add_cookies(cast(list[Any], cookies))
    page.goto("/playground/")
    ready(page)
    assert code_of(page) == "print('kept')"


def test_unreachable_service_is_explained(carol: Visit) -> None:
    person = carol()
    person.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = open_playground(person, "print(1)")
    person.context.set_offline(True)
    run(page)
    expect(status(page)).to_contain_text("The server can't be reached")
    expect(run_button(page)).to_be_enabled()


def refuse(page: Page, status: int, code: str, detail: str, wait: int) -> Callable[..., None]:
    """Answer runs with a refusal, until the returned function is called."""

    def answer(route: Route) -> None:
        body = {"code": code, "detail": detail, "fields": {}}
        route.fulfill(status=status, headers={"Retry-After": str(wait)}, json=body)

    page.route("**/run", answer)
    return lambda: page.unroute("**/run", answer)


def test_long_wait_for_the_rate_is_counted_down(carol: Visit) -> None:
    person = carol()
    person.expected = ("429",)
    page = open_playground(person, "print(1)")
    detail = "You've used your 60 runs this hour. Try again in 1000 s."
    refuse(page, 429, "throttled", detail, 1000)
    run(page)
    expect(status(page)).to_contain_text("You've used your 60 runs this hour. Try again in")
    assert status(page).inner_text().count("Try again") == 1
    expect(run_button(page)).to_be_enabled()


def test_page_waits_for_a_place_by_itself_and_runs(carol: Visit) -> None:
    person = carol()
    person.expected = ("503",)
    page = open_playground(person, "print(6 * 7)")
    accept = refuse(page, 503, "busy", "The server is busy. Try again in 1 s.", 1)
    run(page)
    expect(status(page)).to_contain_text("Waiting")
    accept()
    expect(output(page)).to_have_text("42\n")


def test_place_in_the_queue_is_shown_until_the_run_starts(carol: Visit) -> None:
    person = carol()
    person.expected = ("503",)
    page = open_playground(person, "print(6 * 7)")
    places = [3, 1]

    def answer(route: Route) -> None:
        if "text/event-stream" in route.request.headers["accept"]:
            body = {"code": "busy", "detail": "The server is busy.", "fields": {}}
            route.fulfill(status=503, headers={"Retry-After": "1"}, json=body)
        else:
            route.continue_()

    def follow(route: Route) -> None:
        if places:
            route.fulfill(json={"status": "queued", "place_in_queue": places[0]})
        else:
            route.continue_()

    page.route("**/run", answer)
    page.route(re.compile(r"/api/submissions/[0-9a-f-]+/$"), follow)
    run(page)
    expect(status(page)).to_contain_text("You're number 3 in line.")
    places.pop(0)
    expect(status(page)).to_contain_text("You're number 1 in line.")
    places.pop(0)
    expect(output(page)).to_have_text("42\n")


def test_wait_for_a_place_can_be_stopped(carol: Visit) -> None:
    person = carol()
    person.expected = ("503",)
    page = open_playground(person, "print(6 * 7)")
    refuse(page, 503, "busy", "The server is busy. Try again in 1 s.", 1)
    run(page)
    expect(status(page)).to_contain_text("The server is busy. Trying again")
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("You stopped it before it began.")
    expect(run_button(page)).to_be_enabled()


def test_page_stays_usable_beside_ten_streams_without_end(served: Service, carol: Visit) -> None:
    """The streams print until their readers leave."""
    code = "import time\nwhile True:\n print('x', flush=True)\n time.sleep(0.05)"
    enough = Event()

    def read(_: int) -> Any:
        with requests.post(
            f"{served.address}/run",
            json={"code": code},
            headers={"Authorization": f"Bearer {served.token}", "Accept": "text/event-stream"},
            stream=True,
            timeout=PATIENCE_SECONDS,
        ) as answer:
            assert answer.status_code == 200
            count = 0
            for line in answer.iter_lines():
                count += line == b"event: stdout"
                if enough.is_set():
                    return count
                assert line != b"event: result", json.dumps(count)
        raise AssertionError("the stream ended by itself")

    with ThreadPoolExecutor(10) as readers:
        counts = [readers.submit(read, number) for number in range(10)]
        try:
            page = open_playground(carol(), "print('still quick')")
            run(page)
            expect(output(page)).to_have_text("still quick\n")
            page.goto("/submissions/")
            expect(page.get_by_role("heading", name="History")).to_be_visible()
        finally:
            enough.set()
        assert all(count.result() > 0 for count in counts)
    eventually(lambda: under_way(served) == 0)


def under_way(served: Service) -> Any:
    answer = requests.get(
        f"{served.address}/api/submissions/?status=running",
        headers={"Authorization": f"Bearer {served.token}"},
        timeout=PATIENCE_SECONDS,
    )
    return answer.json()["count"]


def test_page_names_the_version_of_the_chosen_runtime(carol: Visit) -> None:
    page = open_playground(carol())
    expect(page.locator("#runtimes")).to_have_text(re.compile(r"^Python 3\.\d+\.\d+$"))
    page.get_by_label("Language").select_option("javascript")
    expect(page.locator("#runtimes")).to_have_text(re.compile(r"^Node\.js v\d+"))
