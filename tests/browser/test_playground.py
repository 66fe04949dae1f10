"""The playground for its users: real Chromium, the real service, real containers."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import requests
from playwright.sync_api import expect

from tests.support.browser import sign_up
from tests.support.waiting import PATIENCE_SECONDS, eventually

expect.set_options(timeout=PATIENCE_SECONDS * 1000)

FOR_EVER = "import time\nprint('first', flush=True)\nwhile True: time.sleep(1)"
NASTY = "<img src=x onerror=alert(1)><script>alert(1)</script>\x1b[31mred\x1b[0m\u202e=1+1"


def open_playground(person, code=None):
    page = person.context.new_page()
    page.goto("/playground/")
    page.locator(".ace_line").first.wait_for()
    if code is not None:
        write(page, code)
    return page


def write(page, code):
    page.evaluate("(code) => ace.edit(document.querySelector('.editor')).setValue(code, 1)", code)


def run(page):
    page.get_by_role("button", name="Run", exact=True).click()


def status(page):
    return page.locator("#status")


def test_new_user_signs_up_and_runs_a_program_by_keyboard(visit):
    page = visit().context.new_page()
    sign_up(page, "erin")
    page.locator(".ace_line").first.wait_for()
    page.locator(".ace_content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("print(6 * 7)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#stdout")).to_have_text("42\n")
    expect(status(page)).to_contain_text("OK")
    expect(status(page)).to_contain_text("The program ended by itself, with exit code 0")
    expect(page.locator("#usage")).to_contain_text("of 128 MiB")


def test_first_line_is_seen_before_the_program_ends_and_stop_ends_it(carol):
    page = open_playground(carol(), FOR_EVER)
    run(page)
    expect(page.locator("#stdout")).to_have_text("first\n")
    expect(status(page)).to_contain_text("Running")
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("Cancelled")
    expect(status(page)).to_contain_text("Execution was stopped on request")
    expect(page.locator("#stdout")).to_have_text("first\n")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


@pytest.mark.parametrize(
    ("code", "verdict", "sentence"),
    [
        ("while True: pass", "Time limit exceeded", "Execution used up its 2 seconds of CPU time"),
        ("x = 'a' * 1000000000", "Memory limit exceeded", "128 MiB is allowed"),
        ("while True: print('x' * 99)", "Output limit exceeded", "64 KiB is allowed"),
        ("1/0", "Runtime error", "ZeroDivisionError: division by zero (line 1)"),
    ],
)
def test_limit_that_stopped_a_program_is_explained_in_a_sentence(carol, code, verdict, sentence):
    page = open_playground(carol(), code)
    run(page)
    expect(status(page)).to_contain_text(verdict)
    expect(status(page)).to_contain_text(sentence)


def test_stderr_is_separate_from_stdout(carol):
    page = open_playground(carol(), "import sys\nprint('out')\nprint('err', file=sys.stderr)")
    run(page)
    expect(page.locator("#stdout")).to_have_text("out\n")
    expect(page.locator("#stderr")).to_have_text("err\n")


def test_input_arguments_and_language_reach_the_program(carol):
    page = open_playground(carol())
    page.get_by_label("Language").select_option("javascript")
    write(page, "process.stdin.on('data', (d) => console.log(process.argv.slice(2), `${d}`))")
    page.get_by_text("Input, arguments, files").click()
    page.get_by_label("Standard input").fill("in")
    page.get_by_label("Arguments").fill("a\nb")
    run(page)
    expect(page.locator("#stdout")).to_have_text("[ 'a', 'b' ] in\n")


def test_escape_and_tab_leave_the_editor(carol):
    page = open_playground(carol())
    page.locator(".ace_content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.ace_text-input')")
    for _ in range(8):
        page.keyboard.press("Tab")
    assert not page.evaluate("Boolean(document.activeElement.closest('.editor'))")


def test_characters_left_are_counted_as_the_service_does(carol):
    person = carol()
    person.expected = ("400",)
    page = open_playground(person, "😀" * 4999)
    expect(page.locator("#left")).to_have_text("1 characters left")
    write(page, "#" * 5001)
    expect(page.locator("#left")).to_have_text("1 characters too many")
    run(page)
    expect(status(page)).to_contain_text("Your program is 1 character too long (limit 5,000).")


def test_hostile_output_is_only_text(carol):
    person = carol()
    page = open_playground(person, f"import time\nprint({NASTY!r}, flush=True)\ntime.sleep(0.5)")
    run(page)
    expect(page.locator("#stdout")).to_have_text(
        "<img src=x onerror=alert(1)><script>alert(1)</script>red\\u{202e}=1+1\n"
    )
    expect(status(page)).to_contain_text("OK")
    assert page.locator("#stdout > *").count() == 0
    page.get_by_role("link", name="This run in your history").click()
    expect(page.get_by_label("Output")).to_contain_text("<script>alert(1)</script>red\\u{202e}")
    page.goto("/submissions/")
    assert page.locator("table img, table script").count() == 0


def test_history_leads_to_a_run_and_that_back_to_the_playground(carol):
    page = open_playground(carol(), "print('from the history')")
    run(page)
    page.get_by_role("link", name="This run in your history").click()
    expect(page.get_by_label("Output")).to_have_text("from the history\n")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_label("Output")).to_have_text("from the history\n")
    page.get_by_role("link", name="Open in the playground").click()
    expect(page.locator(".ace_content")).to_contain_text("from the history")


def test_without_a_script_the_form_leads_to_the_result(carol):
    page = carol(java_script_enabled=False).context.new_page()
    page.goto("/playground/?example=input")
    run(page)
    expect(page.get_by_label("Output")).to_have_text("5 numbers, sum 14, largest 5\n")


def test_ended_session_is_explained(carol):
    person = carol()
    person.expected = ("401", "403")
    page = open_playground(person, "print(1)")
    person.context.clear_cookies()
    run(page)
    expect(status(page)).to_contain_text("You are not logged in any more")


def test_unreachable_service_is_explained(carol):
    person = carol()
    person.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = open_playground(person, "print(1)")
    person.context.set_offline(True)
    run(page)
    expect(status(page)).to_contain_text("The service can't be reached")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_used_up_rate_is_shown_with_a_countdown(visit):
    person = visit()
    person.expected = ("400", "429")
    page = person.context.new_page()
    sign_up(page, "mallory")
    page.locator(".ace_line").first.wait_for()
    page.evaluate(
        """async () => {
          const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
          const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
          for (let n = 0; n < 100; n++)
            await fetch("/run", { method: "POST", headers, body: '{"code": ""}' });
        }"""
    )
    run(page)
    expect(status(page)).to_contain_text("You can run again in")


def test_page_stays_usable_beside_ten_streams_without_end(served, carol):
    """The streams print until their readers leave."""
    code = "import time\nwhile True:\n print('x', flush=True)\n time.sleep(0.05)"
    enough = Event()

    def read(_):
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
            expect(page.locator("#stdout")).to_have_text("still quick\n")
            page.goto("/submissions/")
            expect(page.get_by_role("heading", name="History")).to_be_visible()
        finally:
            enough.set()
        assert all(count.result() > 0 for count in counts)
    eventually(lambda: under_way(served) == 0)


def under_way(served):
    answer = requests.get(
        f"{served.address}/api/submissions/?status=running",
        headers={"Authorization": f"Bearer {served.token}"},
        timeout=PATIENCE_SECONDS,
    )
    return answer.json()["count"]


def refused(visitor):
    """Let the page expect refusals: the browser logs each in its console."""
    visitor.expected = ("503 (Service Unavailable)", "429 (Too Many Requests)")
    return visitor


def refuse_first(page, count):
    """Answer this number of runs as a full service does."""
    left = iter(range(count))

    def answer(route):
        if next(left, None) is None:
            route.continue_()
        else:
            route.fulfill(
                status=503,
                headers={"Retry-After": "1"},
                json={"detail": "too many runs are under way", "code": "busy"},
            )

    page.route("**/run", answer)


def test_page_waits_for_a_place_and_then_runs(carol):
    page = open_playground(refused(carol()), "print(6 * 7)")
    refuse_first(page, 2)
    run(page)
    expect(status(page)).to_contain_text("Waiting for a free slot")
    expect(page.locator("#stdout")).to_have_text("42\n")


def test_wait_for_a_place_can_be_stopped(carol):
    page = open_playground(refused(carol()), "print(6 * 7)")
    refuse_first(page, 1000)
    run(page)
    expect(status(page)).to_contain_text("Waiting for a free slot")
    page.get_by_role("button", name="Stop").click()
    expect(status(page)).to_contain_text("You stopped it before it began")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_page_backs_off_while_the_users_own_runs_fill_the_limit(carol):
    """Each attempt counts against the user's rate."""
    page = open_playground(refused(carol()), "print(6 * 7)")
    page.evaluate("() => { Math.random = () => 0; }")
    pauses = page.evaluate_handle("() => []")
    page.evaluate(
        """(pauses) => {
          const real = window.setTimeout;
          window.setTimeout = (work, pause, ...more) => {
            if (more[0] === true) { pauses.push(pause); return real(work, 0, ...more); }
            return real(work, pause, ...more);
          };
        }""",
        pauses,
    )
    left = iter(range(4))

    def answer(route):
        if next(left, None) is None:
            route.continue_()
        else:
            detail = {"detail": "2 of your runs are under way", "code": "too_many_runs"}
            route.fulfill(status=429, headers={"Retry-After": "1"}, json=detail)

    page.route("**/run", answer)
    run(page)
    expect(page.locator("#stdout")).to_have_text("42\n")
    assert pauses.json_value() == [1000, 2000, 4000, 8000]
