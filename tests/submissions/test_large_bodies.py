"""Bodies built to cost time, memory or a long answer: a short 400, soon, and nothing grows."""

import json
import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.serializers import DictField, ListField

from submissions.http.problems import ERROR_BYTES, fields_of, sentence_of_fields
from submissions.lifecycle.models import Submission
from submissions.serializers import strict_json
from submissions.serializers.batches import BatchInput
from submissions.serializers.runs import RunOrder
from submissions.serializers.strict_json import SPARSE_BYTES
from tests.support.clients import Answer, ApiClient, AsUser
from tests.support.timing import quick

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024
ANSWER_BYTES = 10 * 1024
CPU_SECONDS = 4
"""More than ten times the time of the slowest; without the count of items it was half a minute."""
COUNTED_CPU_SECONDS = 1.0
"""Five times what half a million items need."""
COUNTED_MEGABYTES = 200
"""Half a million items take 65, and 71 after four requests, of which the collector has yet to take some.
The process may have other work. Without the count they took 700."""
RUN_BYTES, BATCH_BYTES = MEGABYTE - 200, 2 * MEGABYTE - 200

ITEMS = {
    "numbers": "1",
    "lists": "[]",
    "objects": "{}",
    "huge numbers": "1e99999",
    "long numbers": "9" * 4000,
    "surrogates": '"\\ud83d"',
    "null characters": '"\\u0000"',
    "empty": '""',
    "emoji": json.dumps("😀" * 100),
    "programs": '{"code":"","args":[1,1,1,1,1,1],"stdin":1,"language":"x","read_only":1}',
    "strangers": json.dumps({f"{'n' * 60}{number}": 1 for number in range(20)}),
    "nested": "[" * 50 + "]" * 50,
}
PLACES = {
    "args": '{"code":"","args":[%s]}',
    "code": '{"code":[%s]}',
    "files": '{"code":"1","files":[%s]}',
    "name of a file": '{"code":"1","files":[{"text":"","name":[%s]}]}',
    "text of a file": '{"code":"1","files":[{"name":"x","text":[%s]}]}',
    "bytes of a file": '{"code":"1","files":[{"name":"x","base64":[%s]}]}',
    "language": '{"code":"1","language":[%s]}',
    "limits": '{"code":"1","limits":[%s]}',
    "a limit": '{"code":"1","limits":{"processes":[%s]}}',
    "submissions": '{"submissions":[%s]}',
    "args of one": '{"submissions":[{"code":"","args":[%s]}]}',
    "strange field": '{"code":"1","strange":[%s]}',
    "nothing": "[%s]",
}
ADDRESSES = {"/run": RUN_BYTES, "/api/batches/": BATCH_BYTES}


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


def refused(client: ApiClient, address: str, body: str) -> Answer:
    """Send a body, check the properties of every refusal, return the answer."""
    answer = quick(lambda: client.post(address, body, content_type="application/json"), CPU_SECONDS)
    assert answer.status_code in {400, 413}
    assert len(answer.content) < ANSWER_BYTES
    assert answer["Content-Type"] == "application/json"
    assert not Submission.objects.exists()
    return answer


def filled(place: str, item: str, size: int) -> str:
    """Make a body of about this size by repeating one item."""
    room = size - len(PLACES[place])
    return PLACES[place] % ",".join([ITEMS[item]] * (room // (len(ITEMS[item]) + 1)))


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(sorted(ADDRESSES)),
    st.sampled_from(sorted(PLACES)),
    st.sampled_from(sorted(ITEMS)),
    st.floats(0.01, 1),
)
def test_many_of_anything_anywhere_cost_little(
    client: ApiClient, address: Any, place: Any, item: Any, share: float
) -> None:
    refused(client, address, filled(place, item, int(ADDRESSES[address] * share)))


def memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("item", ["numbers", "lists"])
@pytest.mark.parametrize(
    ("address", "place"), [("/run", "args"), ("/api/batches/", "args of one")], ids=str
)
def test_half_a_million_items_are_counted_and_not_looked_at(
    client: ApiClient, address: str, place: str, item: str
) -> None:
    before = memory_bytes()
    body = filled(place, item, ADDRESSES[address])
    answer = quick(lambda: refused(client, address, body), COUNTED_CPU_SECONDS)
    assert "At most 64 items." in answer.content.decode()
    assert memory_bytes() - before < COUNTED_MEGABYTES * MEGABYTE


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "body",
    [
        "{" + ",".join(f'"k{number}":1' for number in range(75_000)) + "}",
        '{"' + "k" * 1_000_000 + '":1}',
        json.dumps({"😀" * 80_000: 1}),
        '{"code":1,"language":"' + "k" * 1_000_000 + '"}',
        '{"code":' + "9" * 1_000_000 + "}",
        '{"code":' + "[" * 500_000 + "]" * 500_000 + "}",
        '{"code":' + '{"a":' * 150_000 + "1" + "}" * 150_000 + "}",
        "{" + '"code":1,' * 100_000 + '"code":2}',
        '{"code":1e99999}',
        '{"code":-Infinity}',
        '{"code":NaN}',
        '{"code":"1","args":[NaN]}',
    ],
    ids=lambda body: body[:16],
)
def test_large_or_odd_body_is_refused_in_few_words(
    client: ApiClient, address: str, body: str
) -> None:
    refused(client, address, body)


@pytest.mark.parametrize(
    "address",
    [
        "/mcp",
        "/piston/api/v2/execute",
        "/jobe/index.php/restapi/files",
        "/librechat/exec",
        "/e2b/v2/sandboxes",
        "/judge0/submissions",
        "/judge0/submissions/batch",
    ],
)
def test_fields_that_a_door_ignores_keep_no_memory_while_a_run_waits(
    alice: User, client: ApiClient, token_of: Callable[..., dict[str, str]], address: str
) -> None:
    """A megabyte of these becomes 24."""
    body = '{"lang":"py","code":"","strange":[' + "{}," * (SPARSE_BYTES // 3) + "{}]}"
    for kept in (body, body.replace("{},", "", 20)):
        answer = client.post(
            address, kept, content_type="application/json", headers=token_of(alice)
        )
        words = ("too many brackets and commas", "Non-JSON post data")  # the second are Jobe's
        assert any(one in answer.content.decode() for one in words) == (kept is body)


def test_large_bodies_are_parsed_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each can become thirty times its size, and every thread of the server may have one."""
    inside, most = 0, 0

    def loads(*_args: object, **_options: object) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.05)
        inside -= 1

    monkeypatch.setattr("submissions.serializers.strict_json.json.loads", loads)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(strict_json.parsed, [b" " * (strict_json.LARGE_BYTES + 1)] * 8))
    assert most == 1
    with ThreadPoolExecutor(4) as threads:  # a small one waits for none
        list(threads.map(strict_json.parsed, [b" " * strict_json.LARGE_BYTES] * 8))
    assert most > 1


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_number_that_json_does_not_have_is_named(client: ApiClient, word: str) -> None:
    answer = client.raw(f'{{"code": "1", "strange": {word}}}')
    assert answer.status_code == 400
    assert f"{word} is not a number" in answer.json()["detail"]


def test_first_wrong_arguments_are_named_and_the_rest_counted(client: ApiClient) -> None:
    errors = client.run(args=[1] * 64).json()["fields"]
    assert list(errors) == [f"args.{name}" for name in (0, 1, 2, 3, 4, "more")]
    assert errors["args.more"] == ["… and 59 more."]


def test_first_wrong_programs_are_named_and_the_rest_counted(client: ApiClient) -> None:
    programs = {"submissions": [{"code": ""}] * 50}
    answer = client.post("/api/batches/", json.dumps(programs), content_type="application/json")
    errors = answer.json()["fields"]
    names = ["0.code", "1.code", "2.code", "3.code", "4.code", "more"]
    assert list(errors) == [f"submissions.{name}" for name in names]
    assert errors["submissions.more"] == ["… and 45 more."]


def test_unknown_fields_are_counted(client: ApiClient) -> None:
    body = {f"field{number}": 1 for number in range(1000)}
    assert client.run(**body).json()["fields"]["more"] == ["… and 995 more."]


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "x" * 60_000}, {"Idempotency-Key": "x" * 60_000}, {"Prefer": "x" * 60_000}],
    ids=lambda headers: next(iter(headers)),
)
def test_header_that_is_quoted_back_is_cut(client: ApiClient, headers: dict[str, Any]) -> None:
    content_type = headers.pop("Content-Type", "application/json")
    answer = client.raw('{"code": ""}', content_type=content_type, **headers)
    assert 400 <= answer.status_code < 500
    assert len(answer.content) < ANSWER_BYTES


def lists_of(serializer: Any) -> Iterator[ListField | DictField]:
    for field in serializer.fields.values():
        if isinstance(field, serializers.ListField | serializers.DictField):
            yield field
        child = getattr(field, "child", field)
        if isinstance(child, serializers.Serializer):
            yield from lists_of(child)


def test_every_list_that_comes_in_is_counted_first() -> None:
    found = [*lists_of(RunOrder()), *lists_of(BatchInput())]
    assert len(found) == 5
    for field in found:
        least = next(n for n in range(1, 1000) if is_refused(field, n))
        assert least <= 65


def is_refused(field: Any, count: int) -> bool:
    """Return whether a list of this length is refused for its length, without a look at its items."""
    looked_at: list[object] = []

    def look(item: object) -> dict[str, object]:
        looked_at.append(item)
        return {}

    field.child.run_validation = look
    try:
        field.to_internal_value([None] * count)
    except serializers.ValidationError:
        return not looked_at
    return False


LEAVES = st.text(max_size=2000) | st.integers() | st.none() | st.booleans()
DETAILS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=200)
        | st.dictionaries(st.text(max_size=300) | st.integers(), inner, max_size=100)
    ),
    max_leaves=100,
)


@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(DETAILS)
def test_every_error_is_cut_to_its_size(detail: Any) -> None:
    fields = fields_of(detail)
    assert len(json.dumps(fields)) < ERROR_BYTES + 1024
    assert not fields or len(sentence_of_fields(fields)) < 2000


def test_nested_errors_become_paths() -> None:
    nested = {
        "code": ["Too long."],
        "submissions": {"0": {"args": ["Not a list."]}, "1": {"non_field_errors": ["No."]}},
    }
    assert fields_of(nested) == {
        "code": ["Too long."],
        "submissions.0.args": ["Not a list."],
        "submissions.1": ["No."],
    }


def test_long_error_shows_how_much_is_left_out() -> None:
    cut = fields_of({"field": ["x" * 400] * 1000, "other": ["y"]})
    assert cut["more"] == ["… and 982 more."]
