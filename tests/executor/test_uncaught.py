"""The report of an uncaught error is read strictly: it is what a hostile program may have written."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.uncaught import REPORT_BYTES, Related, Uncaught, parse

SHORT = {"phase": "run", "kind": "exception", "type": "ValueError", "message": "no"}
WHOLE = SHORT | {
    "line": 3,
    "column": 5,
    "facts": {"errno": 2, "filename": "data.txt", "least": -(10**17)},
    "notes": ["a", "b", "c"],
    "cause": {"type": "KeyError", "message": "'x'", "line": 2},
    "group": [{"type": "E", "message": str(n), "line": None} for n in range(5)],
}


def line(fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def with_(**fields: object) -> bytes:
    return line(SHORT | fields)


def test_shortest_report_is_read() -> None:
    assert parse(line(SHORT)) == Uncaught(
        phase="run", kind="exception", type="ValueError", message="no"
    )


def test_whole_report_is_read() -> None:
    assert parse(line(WHOLE)) == Uncaught(
        phase="run",
        kind="exception",
        type="ValueError",
        message="no",
        line=3,
        column=5,
        facts={"errno": 2, "filename": "data.txt", "least": -(10**17)},
        notes=("a", "b", "c"),
        cause=Related(type="KeyError", message="'x'", line=2),
        group=tuple(Related(type="E", message=str(n)) for n in range(5)),
    )


def test_longest_value_of_every_kind_is_read() -> None:
    longest = {
        "kind": "k" * 32,
        "type": "t" * 100,
        "message": "m" * 500,
        "line": 10_000_000,
        "column": 1,
        "facts": {"n" * 100: "f" * 200} | {str(n): 10**18 - 1 for n in range(7)},
        "notes": ["n" * 200] * 3,
        "cause": {"type": "t" * 100, "message": "m" * 500, "line": 10_000_000},
    }
    found = parse(with_(**longest))
    assert found
    assert (found.line, found.column, len(found.facts)) == (10_000_000, 1, 8)


@pytest.mark.parametrize(("size", "is_read"), [(4096, True), (4097, False)])
def test_report_is_read_up_to_its_longest_size(size: int, is_read: bool) -> None:
    data = line(SHORT)[:-1] + b" " * (size - len(line(SHORT))) + b"\n"
    assert (parse(data) is not None) == is_read


def test_nulls_are_as_missing() -> None:
    empty = dict.fromkeys(("line", "column", "facts", "notes", "cause", "group"))
    assert parse(with_(**empty)) == parse(line(SHORT))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b'"x"\n',
        b"{}\n",
        b"1\n",
        bytes(4096),
        b"\xff\n",
        b"\xef\xbb\xbf" + line(SHORT),
        line(SHORT)[:-1],
        line(SHORT)[: len(line(SHORT)) // 2],
        line(SHORT) * 2,
        line(SHORT) + b"\n",
        b"\n" + line(SHORT),
        line(SHORT)[:-1] + b" x\n",
        line(SHORT)[:-2] + b"\n",
        line(SHORT).replace(b"no", b"\xc3("),
        line(SHORT)[:-1] + b" " * REPORT_BYTES + b"\n",
        b"[" * 4000 + b"\n",
        b'{"facts":' * 450 + b"\n",
        b"[" * 2000 + b"]" * 2000 + b"\n",
        b"9" * 4000 + b"\n",
        line([SHORT]),
    ],
)
def test_bytes_that_are_no_report_are_none(data: bytes) -> None:
    assert parse(data) is None


@pytest.mark.parametrize("key", SHORT)
def test_report_without_a_needed_field_is_none(key: str) -> None:
    assert parse(line({name: value for name, value in SHORT.items() if name != key})) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"phase": "boot"},
        {"phase": ["run"]},
        {"phase": {}},
        {"kind": ""},
        {"kind": "a b"},
        {"kind": "x" * 33},
        {"kind": 1},
        {"type": None},
        {"type": "x" * 101},
        {"message": 5},
        {"message": "x" * 501},
        {"message": ["x"]},
        {"line": 0},
        {"line": -1},
        {"line": 10**7 + 1},
        {"line": True},
        {"line": "3"},
        {"line": 3.0},
        {"column": 0},
        {"facts": []},
        {"facts": {str(n): n for n in range(9)}},
        {"facts": {"a": None}},
        {"facts": {"a": True}},
        {"facts": {"a": 1.5}},
        {"facts": {"a": float("nan")}},
        {"facts": {"a": float("inf")}},
        {"facts": {"a": 10**18}},
        {"facts": {"a": "x" * 201}},
        {"facts": {"x" * 101: 1}},
        {"facts": {"a": {"b": 1}}},
        {"notes": "abc"},
        {"notes": ["a"] * 4},
        {"notes": ["x" * 201]},
        {"notes": [1]},
        {"cause": {}},
        {"cause": []},
        {"cause": {"type": "E"}},
        {"cause": {"type": "E", "message": "m", "cause": None}},
        {"group": {"type": "E", "message": "m"}},
        {"group": [{"type": "E", "message": "m"}] * 6},
        {"group": [None]},
        {"verdict": "ok"},
    ],
)
def test_report_with_a_wrong_field_is_none(fields: dict[str, Any]) -> None:
    assert parse(with_(**fields)) is None


@pytest.mark.parametrize("key", WHOLE)
def test_report_with_a_key_twice_is_none(key: str) -> None:
    twice = json.dumps(WHOLE)[:-1] + f", {json.dumps(key)}: {json.dumps(WHOLE[key])}}}\n"
    assert parse(line(WHOLE))
    assert parse(twice.encode()) is None


@pytest.mark.parametrize("place", ["facts", "cause"])
def test_inner_object_with_a_key_twice_is_none(place: str) -> None:
    inner = '{"type": "E", "message": "m", "type": "E"}'
    assert parse(f'{json.dumps(SHORT)[:-1]}, "{place}": {inner}}}\n'.encode()) is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1" * 3000, "1e2"])
def test_number_that_is_no_short_integer_is_none(number: str) -> None:
    assert parse(f'{json.dumps(SHORT)[:-1]}, "line": {number}}}\n'.encode()) is None


def test_characters_that_no_database_holds_are_replaced() -> None:
    found = parse(with_(message="a\0b\ud800c", facts={"\udcff": "\0"}, notes=["\0"]))
    assert found
    assert found.message == "a\ufffdb\ufffdc"
    assert found.facts == {"\ufffd": "\ufffd"}
    assert found.notes == ("\ufffd",)


def test_pair_of_surrogates_is_a_character() -> None:
    found = parse(with_(message="\N{GRINNING FACE}"))
    assert found
    assert found.message == "\N{GRINNING FACE}"


texts = st.text(max_size=120) | st.text('\0\ud800\n"\\{}[]', max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=9),
    max_leaves=12,
)


@settings(deadline=None)  # a busy machine pauses a test
@given(st.dictionaries(st.sampled_from([*WHOLE, "x"]), values | st.sampled_from([*WHOLE.values()])))
def test_any_object_is_read_within_the_bounds_or_none(fields: dict[Any, Any]) -> None:
    found = parse(line(fields))
    if found:
        shown = repr(found)
        assert len(shown) < 8 * REPORT_BYTES
        shown.encode()  # no half of a character is left


@settings(deadline=None)  # a busy machine pauses a test
@given(st.binary(max_size=200), st.integers(0, len(line(WHOLE))))
def test_any_bytes_within_a_report_raise_nothing(data: bytes, at: int) -> None:
    parse(data)
    parse(line(WHOLE)[:at] + data + line(WHOLE)[at:])
