from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor import RunEvent, RunRequest, default_limits, execute, plain_text
from executor.sandbox.output import Output

PATIENT = replace(default_limits(), wall_seconds=60.0)


def captured(cap: int = 100) -> tuple[Output, list[RunEvent]]:
    events: list[RunEvent] = []
    return Output(cap, events.append), events


def test_head_is_kept_and_the_rest_counted() -> None:
    output, events = captured(cap=4)
    output.stdout.write(b"abc")
    output.stdout.write(b"defg")
    assert output.stdout.text == "abcd"
    assert output.stdout.dropped_bytes == 3
    assert output.exceeded
    assert "".join(event.text for event in events) == "abcd"


@pytest.mark.docker
def test_output_of_single_bytes_makes_few_events() -> None:
    """Each event costs all who watch, and a program can make each write a packet of its own."""
    events: list[RunEvent] = []
    code = """
import fcntl, os
for fd in (1, 2): fcntl.fcntl(fd, fcntl.F_SETFL, os.O_WRONLY | os.O_DIRECT)
for n in range(4000):
    os.write(1, b"x")
    os.write(2, b"y")
"""
    result = execute(RunRequest(code=code, limits=PATIENT), on_event=events.append)
    assert (result.stdout, result.stderr) == ("x" * 4000, "y" * 4000)
    assert len(events) < 4000


@pytest.mark.docker
@pytest.mark.parametrize("size", [3000, 4096])
def test_packets_are_whole(size: int) -> None:
    code = f"""
import fcntl, os
fcntl.fcntl(1, fcntl.F_SETFL, os.O_WRONLY | os.O_DIRECT)
for n in range(15): os.write(1, bytes([65 + n]) * {size})
"""
    result = execute(RunRequest(code=code, limits=PATIENT))
    assert result.stdout == "".join(chr(65 + n) * size for n in range(15))


def test_each_stream_has_its_own_cap() -> None:
    output, _ = captured(cap=4)
    output.stdout.write(b"abcd")
    output.stderr.write(b"efgh")
    assert not output.exceeded


def test_character_cut_between_two_pieces_is_whole() -> None:
    output, events = captured()
    output.stdout.write("ü".encode()[:1])
    output.stdout.write("ü".encode()[1:])
    assert [event.text for event in events] == ["ü"]


def test_unfinished_character_is_replaced_at_the_end() -> None:
    output, _ = captured()
    output.stderr.write(b"a\xc3")
    output.close()
    assert output.stderr.text == "a\ufffd"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\xc3\xa4\x01\n", "aä\x01\n"),
        (b"a\xc3\xa4\x01\n\r\t\x7f\xff", "a\\xc3\\xa4\\x01\n\r\t\\x7f\\xff"),
        (b"\0ok", "\ufffdok"),
        (b"\xff" * 20, r"\xff" * 10),  # no more than 40 characters, as there may be 40 bytes
    ],
)
def test_stream_that_is_no_utf8_is_escaped_if_the_run_wants_that(data: bytes, text: str) -> None:
    output = Output(40, lambda event: None, escapes_bytes=True)
    for byte in data:
        output.stdout.write(bytes([byte]))
    output.close()
    assert output.stdout.text == text
    assert output.exceeded == (text.count("x") == 10)  # what is cut is not what the program printed


@settings(deadline=None)  # a busy machine pauses a test
@given(st.binary(max_size=200))
def test_any_bytes_become_text_that_any_database_takes(data: bytes) -> None:
    output, events = captured(cap=1000)
    for byte in data:
        output.stdout.write(bytes([byte]))
    output.close()
    output.stdout.text.encode()
    assert "\0" not in output.stdout.text
    assert "".join(event.text for event in events) == output.stdout.text


def test_plain_text_removes_colours() -> None:
    assert plain_text("\x1b[31mred\x1b[0m \x9b1mbold") == "red bold"


def test_plain_text_shows_what_a_terminal_would_swallow() -> None:
    assert plain_text("\x1b]0;title\x07\x1b[" + "1" * 99 + "m") == (
        "\\u{1b}]0;title\\u{7}\\u{1b}[" + "1" * 99 + "m"
    )


def test_plain_text_shows_invisible_characters() -> None:
    assert plain_text("a\u202eb\x08c\r\nd\re\tf") == "a\\u{202e}b\\u{8}c\nd\ne\tf"


def test_plain_text_leaves_ordinary_text_alone() -> None:
    text = "Grüße, 世界 🎉\n\tindented <b>&amp;"
    assert plain_text(text) == text


def test_plain_text_leaves_the_joiners_of_scripts_and_emoji_alone() -> None:
    assert plain_text("می\u200cخواهم 👩\u200d💻") == "می\u200cخواهم 👩\u200d💻"


@pytest.mark.parametrize(
    "code",
    [
        *range(0x00, 0x09),
        0x0B,
        0x0C,
        0x1B,
        0x7F,
        0x85,
        0xAD,
        0x61C,
        0x180E,
        *(0x200B, 0x200E, 0x200F, 0x2028, 0x2029),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *(0x3164, 0xFEFF, 0xFFA0, 0xFFFB),
        *(0xE0001, 0xE0041, 0xE007F, 0xE0100),
    ],
)
def test_plain_text_shows_a_character_that_hides_by_its_number(code: int) -> None:
    assert plain_text(f"a{chr(code)}b") == f"a\\u{{{code:x}}}b"
