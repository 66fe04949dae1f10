"""Bad input: a 4xx that names the field, never a 500, and nothing stored."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from submissions.dispatch.dispatcher import dispatcher_class
from submissions.lifecycle.models import Submission
from tests.support.clients import ApiClient, AsUser

pytestmark = pytest.mark.django_db

SURROGATE = '{"code": "\\ud800"}'


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"code": ""}, "code"),
        ({"code": "x" * 5001}, "code"),
        ({"code": None}, "code"),
        ({"code": 5}, "code"),
        ({"code": ["print(1)"]}, "code"),
        ({"code": True}, "code"),
        ({"code": "a\0b"}, "code"),
        ({"language": "perl"}, "language"),
        ({"language": 3}, "language"),
        ({"language": ["python"]}, "language"),
        ({"language": {}}, "language"),
        ({"stdin": 5}, "stdin"),
        ({"stdin": "x" * 65537}, "stdin"),
        ({"stdin": "\0"}, "stdin"),
        ({"args": "x"}, "args"),
        ({"args": [1]}, "args"),
        ({"args": ["\0"]}, "args"),
        ({"args": ["x"] * 65}, "args"),
        ({"args": ["x" * 1001]}, "args"),
        ({"args": ["é" * 1000] * 10}, "args"),
        ({"args": {"a": 1}}, "args"),
        ({"read_only": "yes"}, "read_only"),
        ({"read_only": 1}, "read_only"),
        ({"user": 1}, "user"),
        ({"verdict": "ok"}, "verdict"),
        ({"id": "1"}, "id"),
        ({"limits": {"memory_bytes": 10**12}}, "limits"),
        ({"stdin_verbatim": 1}, "stdin_verbatim"),
        ({"outputs": "yes"}, "outputs"),
        ({"files": {}}, "files"),
        ({"image": "evil"}, "image"),
    ],
)
def test_field_that_is_wrong_is_named(
    client: ApiClient, fields: dict[str, Any], named: str
) -> None:
    answer = client.run(**fields)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert any(path.split(".")[0] == named for path in answer.json()["fields"])
    assert not Submission.objects.exists()


@pytest.mark.parametrize("body", ["{}", '{"code": null}', '{"code": ""}'])
def test_missing_code_is_named(client: ApiClient, body: str) -> None:
    answer = client.raw(body).json()
    assert answer["detail"].startswith("There is nothing to run yet.")
    assert answer["fields"] == {"code": [answer["detail"]]}


def test_program_that_is_too_long_is_told_by_how_much(client: ApiClient) -> None:
    sentence = "Your program is 202 characters too long (limit 5,000)."
    assert client.run("x" * 5202).json()["detail"] == sentence
    assert client.run("x" * 5001).json()["detail"].startswith("Your program is 1 character too")


def test_everything_wrong_is_named_at_once(client: ApiClient) -> None:
    answer = client.raw('{"cod": "print(1)", "stdin": 5, "args": [1]}').json()
    names = (
        "code, language, stdin, stdin_verbatim, args, files, outputs, read_only, session, isolation,"
        " limits, webhook, inline_files, interactive"
    )
    unknown = f"Unknown field. Choose from {names}."
    assert answer == {
        "code": "invalid",
        "detail": f"cod: {unknown} See fields for the others.",
        "fields": {
            "cod": [unknown],
            "code": ["There is nothing to run yet. Send a program as code."],
            "stdin": ["Send a string."],
            "args.0": ["Send a string."],
        },
    }


@pytest.mark.parametrize("body", ["[]", "null", "5", '"x"', '[{"code": "1"}]'])
@pytest.mark.parametrize("address", ["/run", "/api/batches/"])
def test_body_that_is_no_object_is_told_what_to_send(
    client: ApiClient, address: str, body: str
) -> None:
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Send a JSON object")
    assert answer.json()["fields"] == {}


LEFT_OUT = (
    *("language", "stdin", "stdin_verbatim", "args", "files", "outputs", "read_only"),
    *("session", "isolation", "limits", "webhook"),
)


@pytest.mark.parametrize("blank", [None, ""], ids=["null", "blank"])
@pytest.mark.parametrize("name", [*LEFT_OUT, "inline_files"])
def test_blank_optional_field_is_as_if_left_out(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, name: str, blank: str | None
) -> None:
    orders = []

    def keep(self: Any, **kwargs: Any) -> Submission:
        orders.append(kwargs["run"])
        return Submission()

    monkeypatch.setattr(dispatcher_class(), "submit_and_wait", keep)
    assert client.run("1").status_code == client.run("1", **{name: blank}).status_code == 200
    assert orders[0] == orders[1]


@pytest.mark.parametrize("blank", [None, ""], ids=["null", "blank"])
def test_blank_optional_fields_of_a_batch_are_as_if_left_out(
    client: ApiClient, blank: str | None
) -> None:
    program = {"code": "1", **dict.fromkeys(LEFT_OUT[:-1], blank)}
    body = {"submissions": [program], "webhook": blank}
    answer = client.post("/api/batches/", body, content_type="application/json")
    assert answer.status_code == 202
    assert answer.json()["webhook"] is None
    stored = Submission.objects.get()
    assert (stored.language, stored.stdin, stored.args) == ("python", "", [])


def test_code_of_5000_characters_is_not_too_long(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher_class(), "submit_and_wait", lambda self, **kwargs: Submission())
    assert client.run("é" * 5000).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ('"x"', 400),
        ("NaN", 400),
        ('{"code": "1", "stdin": Infinity}', 400),
        ('{"code": ' + "[" * 100_000, 400),
        ("[" * 100_000 + "]" * 100_000, 400),
        (b'{"code": "\xff"}', 400),
        (SURROGATE, 400),
        ('{"\\ud800": 1, "code": "1"}', 400),
        ('{"code": "1", "language": "\\udfff"}', 400),
        ("9" * 5000, 400),
        ('{"code": "' + "x" * 2_000_000 + '"}', 413),
    ],
)
def test_body_that_is_no_request_is_a_clean_refusal(
    client: ApiClient, body: bytes | str, status: int
) -> None:
    answer = client.raw(body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_other_content_types_are_refused(client: ApiClient, content_type: str) -> None:
    assert client.raw('{"code": "1"}', content_type=content_type).status_code in {400, 415}
    assert not Submission.objects.exists()


def test_form_is_told_what_to_send(client: ApiClient) -> None:
    answer = client.raw("code=1", content_type="application/x-www-form-urlencoded")
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize("charset", ["utf-16", "no-such-thing", "latin-1", "x" * 100, "a/../b"])
def test_other_charset_is_refused(client: ApiClient, charset: str) -> None:
    answer = client.raw('{"code": ""}', content_type=f"application/json; charset={charset}")
    assert answer.status_code == 415
    assert answer.json()["detail"].startswith("Send the body in UTF-8.")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8", "us-ascii"])
def test_charset_utf_8_may_be_named(client: ApiClient, charset: str) -> None:
    answer = client.raw('{"code": ""}', content_type=f"application/json; charset={charset}")
    assert answer.json()["fields"] == {"code": ["There is nothing to run yet."]}


def test_byte_order_mark_is_ignored(client: ApiClient) -> None:
    answer = client.raw(b"\xef\xbb\xbf" + b'{"code": ""}')
    assert answer.json()["fields"] == {"code": ["There is nothing to run yet."]}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_body_in_another_encoding_is_told_so(client: ApiClient, encoding: str) -> None:
    answer = client.raw('{"code": "é"}'.encode(encoding))
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is not UTF-8.")


@pytest.mark.parametrize(
    "body",
    ['{"code": "1", "code": "2"}', '{"submissions": [{"code": "1", "\\u0063ode": "2"}]}'],
    ids=["at the top", "inside"],
)
def test_field_that_is_there_twice_is_refused(client: ApiClient, body: str) -> None:
    answer = client.raw(body)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The field code is there twice."


def test_body_in_chunks_is_refused_with_the_reason(client: ApiClient) -> None:
    answer = client.raw("", **{"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = ("code", "language", "stdin", "stdin_verbatim", "args", "read_only", "isolation", "limits")


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), JSON, max_size=6))
def test_junk_is_never_a_500(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, fields: dict[Any, Any]
) -> None:
    monkeypatch.setattr(dispatcher_class(), "submit_and_wait", lambda self, **kwargs: Submission())
    assert client.raw(json.dumps(fields)).status_code in {200, 400}


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_noise_is_never_a_500(client: ApiClient, body: bytes) -> None:
    assert client.raw(body).status_code == 400
