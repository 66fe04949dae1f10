"""How a page runs a program: at once, through the queue, and over a lost connection, without a click."""

import os
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, StorageState

from tests.support.browser import Visit
from tests.support.relay import relay
from tests.support.waiting import eventually
from tools.site import Service

LOAD = """async () => {
  Object.assign(window, await import("/static/submissions/runner.js"));
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
  window.runner = new Runner({ url: "/run", csrf });
}"""
START = """([code, address]) => {
  window.heard = [];
  const names = ["queued", "started", "output", "restart", "result", "refused", "lost", "stopped",
                 "waiting", "reconnecting"];
  const on = Object.fromEntries(
    names.map((name) => [name, (...given) => heard.push([name, ...given])]));
  if (address) runner.attach(address, on);
  else runner.start({ code, language: "python" }, on);
}"""
ENDS = {"result", "refused", "lost", "stopped"}
FIRST_AND_LAST = "import time\nprint('first', flush=True)\ntime.sleep(4)\nprint('last')"
FOR_EVER = "import time\nprint('first', flush=True)\nwhile True: time.sleep(1)"


@pytest.fixture
def page(carol: Visit) -> Page:
    """Return a page of carol with a runner. Chromium reports each refusal and each lost connection."""
    person = carol()
    person.expected = ("503", "429", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    return opened(person.context)


def opened(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/accounts/tokens/")
    page.evaluate(LOAD)
    return page


def start(page: Page, code: str | None, address: str | None = None) -> None:
    page.evaluate(START, [code, address])


def until_end(page: Page) -> Any:
    """Return the callbacks in order; the last one is the end."""
    until(page, *ENDS)
    return page.evaluate("heard")


def until(page: Page, *names: Any) -> None:
    """Wait for one of these callbacks. The pages' policy forbids playwright's own way."""
    eventually(lambda: any(name in names for name, *_ in page.evaluate("heard")))


def printed(heard: Any) -> str:
    """Return the output as the page shows it at the end."""
    text = ""
    for name, *given in heard:
        if name == "restart":
            text = ""
        elif name == "output":
            text += given[1]
    return text


def stored(page: Page, code: str) -> Any:
    """Return carol's submissions with this code."""
    return page.evaluate(
        """async (code) => {
          const answer = await fetch(`/api/submissions/?search=${encodeURIComponent(code)}`);
          return (await answer.json()).results;
        }""",
        code,
    )


def refuse(page: Page, status: int, code: str, count: int) -> None:
    """Refuse this number of requests to run something."""
    left = iter(range(count))

    def answer(route: Route) -> None:
        if next(left, None) is None:
            route.continue_()
        else:
            refusal = {"detail": "Not now.", "code": code, "fields": {}}
            route.fulfill(status=status, headers={"Retry-After": "1"}, json=refusal)

    page.route("**/run", answer)


def test_program_runs_at_once_if_there_is_a_place(page: Page) -> None:
    start(page, "import sys\nprint('out')\nprint('err', file=sys.stderr)")
    heard = until_end(page)
    assert [name for name, *_ in heard if name != "output"] == ["started", "result"]
    assert heard[-1][1]["verdict"] == "ok"
    assert sorted(printed(heard).split()) == ["err", "out"]


@pytest.mark.parametrize(("status", "code"), [(503, "busy"), (429, "too_many_runs")])
def test_refused_program_is_queued_and_runs(page: Page, status: int, code: str) -> None:
    refuse(page, status, code, 1)
    start(page, "print('queued', 6 * 7)")
    heard = until_end(page)
    assert heard[0] == ["queued", None]
    assert "waiting" not in [name for name, *_ in heard]  # the queue took it at once
    assert heard[-1][0] == "result"
    assert printed(heard) == "queued 42\n"


def test_program_is_sent_again_when_the_service_says_when(page: Page) -> None:
    refuse(page, 429, "throttled", 2)
    start(page, "print('later')")
    heard = until_end(page)
    assert ["waiting", 1, "Not now."] in heard
    assert printed(heard) == "later\n"


def test_refusal_without_an_end_in_sight_is_for_the_person(page: Page) -> None:
    page.route(
        "**/run",
        lambda route: route.fulfill(
            status=429,
            headers={"Retry-After": "7200"},
            json={"detail": "Full for today.", "code": "storage_full", "fields": {}},
        ),
    )
    start(page, "print(1)")
    [reason] = [given for name, *given in until_end(page) if name == "refused"]
    assert reason == [
        {
            "status": 429,
            "code": "storage_full",
            "detail": "Full for today.",
            "fields": {},
            "retryAfter": 7200,
        }
    ]


def test_wait_for_the_service_can_be_stopped(page: Page) -> None:
    refuse(page, 429, "throttled", 1000)
    start(page, "print(1)")
    until(page, "waiting")
    page.evaluate("runner.stop()")
    assert until_end(page)[-1] == ["stopped"]


def test_running_program_can_be_stopped(page: Page) -> None:
    start(page, FOR_EVER)
    until(page, "output")
    page.evaluate("runner.stop()")
    assert until_end(page)[-1][1]["verdict"] == "cancelled"


def test_run_survives_the_loss_of_its_connection(
    browser: Browser, served: Service, carols_session: StorageState
) -> None:
    code = f"{FIRST_AND_LAST}  # {os.urandom(8).hex()}"
    with (
        relay(served.address) as network,
        browser.new_context(base_url=network.address, storage_state=carols_session) as context,
    ):
        page = opened(context)
        network.cut_after(b'"first')
        start(page, code)
        heard = until_end(page)
        assert ["reconnecting"] in heard
        assert heard[-1][1]["verdict"] == "ok"
        assert printed(heard) == "first\nlast\n"
        assert len(stored(page, code)) == 1


def test_lost_answer_does_not_run_the_program_twice(page: Page) -> None:
    code = f"print('once')  # {os.urandom(8).hex()}"
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)
            route.abort()

    page.route("**/run", lose_the_first)
    start(page, code)
    heard = until_end(page)
    assert lost == [200]
    assert printed(heard) == "once\n"
    assert len(stored(page, code)) == 1


def test_answers_that_cannot_be_read_are_asked_for_again(page: Page) -> None:
    """One breaks off, and one is the page of a network that asks for a login."""
    code = f"print('once')  # {os.urandom(8).hex()}"
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.headers.get("prefer", ""))
        if len(asked) == 1:
            route.fulfill(status=503, json={"detail": "Not now.", "code": "busy", "fields": {}})
        elif len(asked) == 2:
            real = route.fetch()
            route.fulfill(response=real, body=real.body()[:5])
        elif len(asked) == 3:
            route.fulfill(status=200, content_type="text/html", body="<html>Log in</html>")
        else:
            route.continue_()

    polls: list[str] = []

    def poll(route: Route) -> None:
        polls.append(route.request.url)
        if len(polls) == 1:
            route.fulfill(status=200, content_type="text/html", body="<html>Log in</html>")
        else:
            route.continue_()

    page.route("**/run", answer)
    page.route("**/api/submissions/*/", poll)
    start(page, code)
    heard = until_end(page)
    assert heard[-1][1]["verdict"] == "ok"
    assert printed(heard) == "once\n"
    assert ["reconnecting"] in heard
    assert asked == ["", "respond-async", "respond-async", "respond-async"]
    assert len(polls) > 1
    assert len(stored(page, code)) == 1


def test_run_without_a_connection_is_reported_as_lost(page: Page) -> None:
    page.context.set_offline(True)
    start(page, "print(1)")
    assert until_end(page)[-1] == ["lost", None]


def test_run_is_followed_from_its_beginning_by_another_page(page: Page) -> None:
    start(page, FIRST_AND_LAST)
    until(page, "output")
    [address] = page.evaluate("heard.find(([name]) => name === 'started').slice(1)")
    other = opened(page.context)
    start(other, None, address)
    heard = until_end(other)
    assert printed(heard) == "first\nlast\n"
    assert heard[-1][1]["verdict"] == "ok"


def test_result_arrives_though_streams_are_refused(page: Page) -> None:
    page.route(
        "**/events/", lambda route: route.fulfill(status=429, json={"code": "too_many_streams"})
    )
    refuse(page, 503, "busy", 1)
    start(page, "print('no stream')")
    heard = until_end(page)
    assert heard[-1][1]["verdict"] == "ok"
    assert printed(heard) == "no stream\n"
