"""The console that shows a program's output in a browser: what it draws, and in what time."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from executor import plain_text
from tests.support.browser import Visit
from tests.support.present import present
from tools.site import Service

LOAD = """async () => {
  const load = (name) => import(`/static/submissions/${name}.js`);
  Object.assign(window, await load("terminal"), await load("colours"), await load("console"));
  const style = document.createElement("link");
  Object.assign(style, { rel: "stylesheet", href: "/static/submissions/console.css" });
  const ready = new Promise((resolve) => { style.onload = resolve; });
  document.head.append(style);
  await ready;
  const container = document.createElement("div");
  container.id = "tested";
  document.querySelector("main").replaceChildren(container);
  window.tested = new Console(container);
}"""
LINES = """(pieces) => {
  const terminal = new Terminal();
  for (const [stream, text] of pieces) terminal.write(stream, text);
  terminal.end();
  return terminal.blocks.flatMap((block) =>
    [...block.closed, block.open.runs()].map((runs) => [block.stream, runs]));
}"""
TEXT = """([pieces, stream]) => {
  const terminal = new Terminal();
  for (const [name, text] of pieces) terminal.write(name, text);
  terminal.end();
  return terminal.text(stream);
}"""
SHOW = """(pieces) => {
  tested.clear();
  for (const [stream, text] of pieces) tested.write(stream, text);
  tested.finish();
}"""
SECONDS = 5.0
"""Processor time of the page's thread: ten times what the heaviest of these outputs takes, or more."""
LIMIT = 64 * 1024
"""The longest output of a stream, by default."""

PIECES = [
    *"ab \t\n\r\b\x1b\x9b[;:0123456789mKGCDHAJ?>x\u202e\u200b\u2028é",
    "😀",
    "\r\n",
    "\x1b[31m",
    "\x1b[0m",
    "\x1b[1;4;7m",
    "\x1b[38;5;196m",
    "\x1b[38;2;1;2;3;48;2;250;251;252m",
    "\x1b[38:2::1:2:3m",
    "\x1b[K",
    "\x1b[2K",
    "\x1b[3D",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b[" + "9" * 64 + "m",
    "\x1b[" + "9" * 65 + "m",
]
OUTPUTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@pytest.fixture(scope="module")
def page(browser: Browser, served: Service) -> Iterator[Page]:
    """Return a page that has loaded the console; nothing of it is kept but what `tested` shows."""
    context = browser.new_context(base_url=served.address)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.evaluate(LOAD)
    yield page
    context.close()


def cut(text: str, places: list[int]) -> Any:
    """Cut a text at these places, which may be in the middle of a sequence."""
    ends = sorted({place % (len(text) + 1) for place in places} | {len(text)})
    return [text[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def terminal(text: str) -> str:
    """Return what a terminal shows of a text without escape sequences: the reference."""
    lines: list[list[str]] = [[]]
    column = 0
    for character in text:
        if character == "\n":
            lines.append([])
            column = 0
        elif character == "\r":
            column = 0
        elif character == "\b":
            column = max(0, column - 1)
        else:
            lines[-1][column : column + 1] = [character]
            column += 1
    return "\n".join("".join(line) for line in lines)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OUTPUTS, st.lists(st.integers(0, 10_000), max_size=8))
@example("\x1b[31mred\x1b[0m", [1, 2, 3, 4, 5])
@example("\x1b[" + "1;" * 32 + "m", list(range(70)))
def test_output_is_the_same_in_whatever_pieces_it_comes(
    page: Page, text: Any, places: list[int]
) -> None:
    pieces = [["stdout", piece] for piece in cut(text, places)]
    assert page.evaluate(LINES, pieces) == page.evaluate(LINES, [["stdout", text]])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("abc\n\r\b"), max_size=60))
@example("10%\r20%\r100%\n")
@example("one\b\b\btwo\b!\n\b\b")
def test_line_is_overwritten_as_on_a_terminal(page: Page, text: str) -> None:
    assert page.evaluate(TEXT, [[["stdout", text]], None]) == terminal(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OUTPUTS)
def test_output_without_overwriting_reads_as_on_the_servers_pages(page: Page, text: Any) -> None:
    for code in ("\r", "\b", "K", "G", "C", "D"):
        text = text.replace(code, "")
    assert page.evaluate(TEXT, [[["stdout", text]], None]) == plain_text(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), OUTPUTS), max_size=8))
def test_streams_do_not_change_each_other(page: Page, pieces: list[tuple[str, Any]]) -> None:
    for stream in ("stdout", "stderr"):
        alone = "".join(text for name, text in pieces if name == stream)
        expected = page.evaluate(TEXT, [[[stream, alone]], stream])
        assert page.evaluate(TEXT, [pieces, stream]) == expected


@pytest.fixture
def shown(visit: Visit) -> Callable[..., Page]:
    """Return a function that shows output in a page, and returns the page."""

    def show(*pieces: Any, **options: Any) -> Page:
        page = visit(**options).context.new_page()
        page.goto("/accounts/login/")
        page.evaluate(LOAD)
        page.evaluate(SHOW, list(pieces))
        return page

    return show


def test_progress_bar_is_one_line(shown: Callable[..., Page]) -> None:
    bar = "".join(f"\r{share:3}% {'#' * (share // 10)}" for share in range(101))
    page = shown(["stdout", f"{bar}\ndone\n"])
    assert page.locator("#tested").inner_text().split("\n")[:2] == ["100% ##########", "done"]


def test_streams_stand_in_the_order_of_arrival_and_stderr_can_be_taken_apart(
    shown: Callable[..., Page],
) -> None:
    page = shown(["stdout", "out 1\n"], ["stderr", "err 1\n"], ["stdout", "out 2\n"])
    blocks = "(blocks) => blocks.map((block) => [block.className, block.textContent])"
    together = page.locator("#tested pre > div").evaluate_all(blocks)
    assert together == [["stdout", "out 1\n"], ["stderr", "err 1\n"], ["stdout", "out 2\n"]]
    page.evaluate("() => { tested.apart = true; }")
    assert page.get_by_label("Output", exact=True).text_content() == "out 1\nout 2\n"
    assert page.get_by_label("Errors (stderr)").text_content() == "err 1\n"
    page.evaluate("() => { tested.apart = false; }")
    assert page.locator("#tested pre > div").evaluate_all(blocks) == together
    assert not page.get_by_label("Errors (stderr)").is_visible()


def test_streams_do_not_mix_within_a_line(shown: Callable[..., Page]) -> None:
    """A newline may arrive after the other stream's text."""
    page = shown(["stdout", "out"], ["stderr", "err"], ["stdout", " 1\n"], ["stderr", " 1\n"])
    assert page.evaluate("tested.text()") == "out 1\nerr 1\n"


def test_no_output_is_stated(shown: Callable[..., Page]) -> None:
    page = shown()
    assert page.get_by_text("(no output)").is_visible()
    assert page.evaluate("tested.text()") == ""
    page.evaluate(SHOW, [["stderr", "x"]])
    assert not page.get_by_text("(no output)").is_visible()


def test_unfinished_sequence_at_the_end_is_shown(shown: Callable[..., Page]) -> None:
    assert shown(["stdout", "a\x1b[1"]).evaluate("tested.text()") == "a\\u{1b}[1"


def test_hostile_output_is_only_text(shown: Callable[..., Page]) -> None:
    nasty = "<img src=x onerror=alert(1)>\x1b]8;;javascript:alert(1)\x07link\u202e\x1b[8mhidden"
    page = shown(["stdout", nasty])
    assert page.locator("#tested").inner_text().strip() == (
        "<img src=x onerror=alert(1)>\\u{1b}]8;;javascript:alert(1)\\u{7}link\\u{202e}hidden"
    )
    assert page.locator("#tested img, #tested a").count() == 0


COLOURS = """() => [...document.querySelectorAll("#tested span")].map((one) => {
  const style = getComputedStyle(one);
  return [one.textContent, style.color, style.backgroundColor, style.fontWeight,
          style.textDecorationLine];
})"""


@pytest.mark.parametrize(
    ("scheme", "ink"), [("light", "rgb(190, 30, 45)"), ("dark", "rgb(255, 110, 110)")]
)
def test_colours_fit_the_scheme_and_need_no_inline_style(
    shown: Callable[..., Page], scheme: str, ink: str
) -> None:
    page = shown(
        ["stdout", "\x1b[1;31mred\x1b[0m \x1b[4;48;2;255;255;0mmarked\x1b[m\n"],
        color_scheme=scheme,
    )
    [red, marked] = page.evaluate(COLOURS)
    assert red == ["red", ink, "rgba(0, 0, 0, 0)", "700", "none"]
    assert marked[0] == "marked"
    assert marked[2] == "rgb(255, 255, 0)"
    assert marked[4] == "underline"


def test_every_colour_can_be_read_in_both_schemes(page: Page) -> None:
    """WCAG AA asks for 4.5."""
    worst = page.evaluate(
        r"""() => {
          const style = document.documentElement.style;
          const probe = document.querySelector("main").appendChild(document.createElement("p"));
          const token = (name, scheme) => {
            style.colorScheme = scheme;
            probe.style.color = `var(--${name})`;
            return getComputedStyle(probe).color.match(/\d+/g).map(Number);
          };
          const both = (name) => ({ light: token(name, "light"), dark: token(name, "dark") });
          const inks = both("ink");
          const papers = ["surface", "raised", "sunken", "bad-paper"].map(both);
          const all = Array.from({ length: 256 }, (_, number) => `5;${number}`);
          const some = all.filter((_, number) => number < 16 || number % 7 === 0);
          let worst = 21;
          const look = (parameters) => {
            let style = {};
            style = restyled(style, parameters);
            for (const [scheme, { ink, paper }] of Object.entries(shades(style)))
              for (const behind of paper ? [paper] : papers.map((one) => one[scheme]))
                worst = Math.min(worst, contrast(ink ?? inks[scheme], behind));
          };
          for (const one of all) { look(`38;${one}`); look(`48;${one}`); look(`7;38;${one}`); }
          for (const one of some) for (const other of some) look(`38;${one};48;${other}`);
          return worst;
        }"""
    )
    assert worst >= 4.5


def thread_seconds(page: Page) -> float:
    """Return the processor time of the page's thread; other work on the machine does not add to it."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    [seconds] = [float(one["value"]) for one in metrics if one["name"] == "ThreadTime"]
    return seconds


@pytest.mark.parametrize(
    "text",
    [
        "\b" * LIMIT,
        "\r" * LIMIT,
        "\n" * LIMIT,
        "x" * LIMIT,
        "x" * (LIMIT // 2) + "\ry" * (LIMIT // 4),
        "\x1b[2Kx" * (LIMIT // 5),
        "x\x1b[1K\x1b[99999999999999999999D" * (LIMIT // 29),
        "\x1b[31mx\x1b[32my" * (LIMIT // 12),
        "".join(f"\x1b[38;5;{n % 256}mx\n" for n in range(LIMIT // 12)),
        "\x1b[" * (LIMIT // 2),
        "\x1b[1;" * (LIMIT // 4),
        "\u202e" * (LIMIT // 3),
        "e" + "\u0301" * (LIMIT // 2),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_output_takes_little_time_and_few_elements(page: Page, text: str) -> None:
    before = thread_seconds(page)
    elements = page.evaluate(
        """(text) => {
          tested.clear();
          for (let at = 0; at < text.length; at += 4096)
            tested.write(at % 8192 ? "stderr" : "stdout", text.slice(at, at + 4096));
          tested.finish();
          document.querySelector("#tested").getBoundingClientRect();
          return document.querySelectorAll("#tested *").length;
        }""",
        text,
    )
    assert thread_seconds(page) - before < SECONDS
    assert elements < 10_000


def tasks_of_pages(trace: bytes) -> list[float]:
    """Return the processor time of each task of the pages' threads, in milliseconds."""
    events = json.loads(trace)["traceEvents"]
    threads = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    return [
        one["tdur"] / 1000
        for one in events
        if one["name"].endswith("RunTask") and (one["pid"], one["tid"]) in threads and "tdur" in one
    ]


def test_output_without_end_keeps_the_last_lines_on_the_page_and_all_in_the_copy(
    page: Page,
) -> None:
    lines = [f"{number}\n" for number in range(50_000)]
    page.evaluate(
        """(lines) => {
          tested.clear();
          for (const line of lines) tested.write("stdout", line);
          tested.finish();
        }""",
        lines,
    )
    shown = present(page.get_by_label("Output", exact=True).text_content())
    assert "".join(lines).endswith(shown)
    assert len(shown.split()) < 8000
    assert f"Earlier lines ({50_000 - len(shown.split())})" in page.locator("#tested").inner_text()
    assert page.evaluate("tested.text()") == "".join(lines)


def test_page_answers_while_ten_consoles_print_without_end(browser: Browser, page: Page) -> None:
    """A press is answered when the page's thread is free, so its longest task counts."""
    browser.start_tracing(page=page, categories=["toplevel"])
    page.evaluate(
        """async () => {
          const main = document.querySelector("main");
          const consoles = Array.from({ length: 10 }, () => {
            const container = main.appendChild(document.createElement("div"));
            container.style.height = "200px";
            return new Console(container);
          });
          let count = 0;
          const lines = () => Array.from({ length: 40 }, () =>
            `\\x1b[3${count % 8}m${(count += 1)}\\x1b[0m of a program that prints\\n`).join("");
          for (let time = 0; time < 100; time += 1) {
            for (const one of consoles) one.write(count % 3 ? "stdout" : "stderr", lines());
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          for (const one of consoles) one.clear();
          main.replaceChildren(document.querySelector("#tested"));
        }"""
    )
    longest = max(tasks_of_pages(browser.stop_tracing()))
    print("LONGEST", longest)
    assert longest < 1000  # measured: 60 ms
