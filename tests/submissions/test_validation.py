"""Bad input: a 4xx that names the field, never a 500, and nothing stored."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from submissions.lifecycle.models import Submission

pytestmark = pytest.mark.django_db

SURROGATE = '{"code": "\\ud800"}'


@pytest.fixture
def client(alice, as_user):
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
        ({"read_only": None}, "read_only"),
        ({"user": 1}, "user"),
        ({"verdict": "ok"}, "verdict"),
        ({"id": "1"}, "id"),
        ({"limits": {"memory_bytes": 10**12}}, "limits"),
        ({"image": "evil"}, "image"),
    ],
)
def test_field_that_is_wrong_is_named(client, fields, named):
    answer = client.run(**fields)
    assert answer.status_code == 400
    assert named in answer.json()
    assert not Submission.objects.exists()


def test_missing_code_is_named(client):
    assert "code" in client.raw("{}").json()


def test_code_of_5000_characters_is_not_too_long(client, monkeypatch):
    monkeypatch.setattr(
        "submissions.dispatch.local.LocalDispatcher.submit_and_wait",
        lambda self, **kwargs: Submission(),
    )
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
def test_body_that_is_no_request_is_a_clean_refusal(client, body, status):
    answer = client.raw(body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_other_content_types_are_refused(client, content_type):
    assert client.raw('{"code": "1"}', content_type=content_type).status_code in {400, 415}
    assert not Submission.objects.exists()


@pytest.mark.parametrize("charset", ["utf-16", "no-such-thing", "latin-1"])
def test_charset_in_the_content_type_is_not_obeyed(client, charset):
    answer = client.raw('{"code": ""}', content_type=f"application/json; charset={charset}")
    assert answer.status_code == 400
    assert "code" in answer.json()


def test_body_in_chunks_is_refused_with_the_reason(client):
    answer = client.raw("", **{"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = ("code", "language", "stdin", "args", "read_only")


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), JSON, max_size=6))
def test_junk_is_never_a_500(client, monkeypatch, fields):
    monkeypatch.setattr(
        "submissions.dispatch.local.LocalDispatcher.submit_and_wait",
        lambda self, **kwargs: Submission(),
    )
    assert client.raw(json.dumps(fields)).status_code in {200, 400}


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=60))
def test_noise_is_never_a_500(client, body):
    assert client.raw(body).status_code == 400
