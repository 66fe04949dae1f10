"""Judge0's API, version 1.13.1, as its clients use it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from executor import LANGUAGES, MOST_IN, Busy
from submissions.dialects.judge0 import answers
from submissions.dialects.judge0.archives import NotUnpacked, files_in
from submissions.dialects.judge0.models import Expectation, digest_of
from submissions.lifecycle.models import Batch, Submission
from tests.support.clients import Answer
from tests.support.factories import make_submission
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

CODE = {"language_id": 71, "source_code": "print(input())"}

Send = Callable[..., Answer]


@pytest.fixture
def post(alice: User, client: Client, token_of: Callable[..., dict[str, str]]) -> Send:
    headers = {"X-Auth-Token": token_of(alice)["Authorization"].removeprefix("Bearer ")}

    def send(body: Any, query: str = "", address: str = "submissions") -> Answer:
        raw = body if isinstance(body, str) else json.dumps(body)
        return client.generic(
            "POST",
            f"/judge0/{address}?{query}",
            raw,
            content_type="application/json",
            headers=headers,
        )

    return send


@pytest.fixture
def get(alice: User, client: Client, token_of: Callable[..., dict[str, str]]) -> Send:
    headers = token_of(alice)

    def send(address: str) -> Answer:
        return client.get(f"/judge0/{address}", headers=headers)

    return send


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def packed(*files: tuple[str, bytes], method: int = ZIP_DEFLATED) -> str:
    made = BytesIO()
    with ZipFile(made, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return b64encode(made.getvalue()).decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.docker
def test_queued_submission_is_compared_with_what_is_expected(
    post: Send, get: Send, alice: User
) -> None:
    program = (
        "import sys, tool\nprint(sys.argv[1:], tool.X, input(), '  ')\nprint('é', file=sys.stderr)"
    )
    body = {
        "language_id": "100",
        "source_code": encoded(program),
        "stdin": encoded("line"),
        "expected_output": encoded("['a b', '$(c)'] 7 line\n\n"),
        "command_line_arguments": "'a b' $(c)",
        "additional_files": packed(("tool.py", b"X = 7"), ("folder/", b"")),
        "cpu_time_limit": "5",
        "wall_time_limit": 9.5,
        "memory_limit": 100000,
        "cpu_extra_time": 0.5,
        "stack_limit": 64000,
        "enable_network": False,
        "unknown": 1,
    }
    answer = post(body, "base64_encoded=true&wait=false")
    assert answer.status_code == 201
    [(name, token)] = answer.json().items()
    stored = Submission.objects.get(pk=token)
    assert (name, stored.limits["memory_bytes"]) == ("token", 100000 * 1024)
    eventually(lambda: get(f"submissions/{token}").json()["status"]["id"] not in {1, 2})
    shown = get(f"submissions/{token}?base64_encoded=true&fields=*").json()
    assert shown["status"] == {"id": 3, "description": "Accepted"}
    assert b64decode(shown["stdout"]).decode() == "['a b', '$(c)'] 7 line   \n"
    assert b64decode(shown["stderr"]).decode() == "é\n"
    assert b64decode(shown["source_code"]).decode() == program
    assert shown["source_code"].endswith("\n")
    assert max(map(len, shown["source_code"].splitlines())) == 60
    assert (shown["exit_code"], shown["exit_signal"], shown["message"]) == (0, None, None)
    assert float(shown["time"]) < float(shown["wall_time_limit"]) == 9.5
    assert shown["created_at"].endswith("Z")
    assert shown["language"]["name"].startswith("Python (3.")
    plain = get(f"submissions/{token}").json()
    assert tuple(plain) == answers.BY_DEFAULT
    assert plain["stdout"] == "['a b', '$(c)'] 7 line   \n"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.docker
def test_batch_runs_what_is_right_and_tells_what_is_wrong(post: Send, get: Send) -> None:
    programs = [
        {"language_id": 71, "source_code": "print(1)", "expected_output": "2"},
        {"language_id": 150000},
        {"language_id": 63, "source_code": "process.exit(3)"},
    ]
    answer = post({"submissions": programs}, address="submissions/batch")
    assert answer.status_code == 201
    first, wrong, last = answer.json()
    assert wrong == {
        "language_id": ["language with id 150000 doesn't exist"],
        "source_code": ["can't be blank"],
    }
    tokens = f"{first['token']},{uuid4()},x,{last['token']}"
    eventually(lambda: not Submission.objects.in_flight().exists())
    query = f"tokens={tokens}&fields=status_id,stdout,token"
    assert get(f"submissions/batch?{query}").json()["submissions"] == [
        {"status_id": 4, "stdout": "1\n", "token": first["token"]},
        None,
        None,
        {"status_id": 11, "stdout": None, "token": last["token"]},
    ]
    assert Batch.objects.get().submissions.count() == 2


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"language_id": None}, {"language_id": ["can't be blank"]}),
        ({"language_id": 70}, {"language_id": ["language with id 70 doesn't exist"]}),
        (
            {"language_id": "x" * 99},
            {"language_id": [f"language with id {'x' * 20} doesn't exist"]},
        ),
        ({"language_id": 1e300}, {"language_id": ["language with id 1e+300 doesn't exist"]}),
        ({"language_id": []}, {"language_id": ["language with id ? doesn't exist"]}),
        ({"source_code": ""}, {"source_code": ["can't be blank"]}),
        ({"wall_time_limit": 20}, {"wall_time_limit": ["must be less than or equal to 10"]}),
        ({"cpu_time_limit": "x"}, {"cpu_time_limit": ["is not a number"]}),
        ({"cpu_time_limit": "nan"}, {"cpu_time_limit": ["is not a number"]}),
        ({"cpu_time_limit": "1" * 500_000}, {"cpu_time_limit": ["is not a number"]}),
        ({"cpu_time_limit": 0}, {"cpu_time_limit": ["must be greater than or equal to 0.1"]}),
        ({"memory_limit": 512000}, {"memory_limit": ["must be less than or equal to 131072"]}),
        ({"memory_limit": 2048}, {"memory_limit": ["must be greater than or equal to 8192"]}),
        ({"number_of_runs": 2}, {"number_of_runs": ["must be less than or equal to 1"]}),
        ({"stack_limit": -1}, {"stack_limit": ["must be greater than or equal to 0"]}),
        ({"enable_network": True}, {"enable_network": ["enabling network is not allowed"]}),
        ({"callback_url": "http://x"}, {"callback_url": ["setting callback is not allowed"]}),
        (
            {"compiler_options": "-O2"},
            {"compiler_options": ["setting compiler options is not allowed"]},
        ),
        (
            {"redirect_stderr_to_stdout": True},
            {"redirect_stderr_to_stdout": ["this option cannot be enabled"]},
        ),
        (
            {"command_line_arguments": "'"},
            {"command_line_arguments": ["has a quote without its end"]},
        ),
        (
            {"command_line_arguments": "x" * 513},
            {"command_line_arguments": ["is too long (maximum is 512 characters)"]},
        ),
        (
            {"command_line_arguments": "x " * 65},
            {"command_line_arguments": ["At most 64 items."]},
        ),
        ({"stdin": 5}, {"stdin": ["Send a string."]}),
        ({"expected_output": 5}, {"expected_output": ["is not a string"]}),
        ({"additional_files": "AAAA"}, {"additional_files": ["is not a ZIP archive in base64"]}),
        ({"additional_files": 5}, {"additional_files": ["is not a ZIP archive in base64"]}),
        (
            {"additional_files": packed(("../x", b""))},
            {"additional_files": ["A name is a relative path without special characters."]},
        ),
        (
            {"additional_files": packed(("x", b""), method=ZIP_BZIP2)},
            {"additional_files": ["has a file that is encrypted, or packed in an unusual way"]},
        ),
        (
            {"additional_files": packed(*((f"{n}", b"") for n in range(MOST_IN + 1)))},
            {"additional_files": [f"has more than {MOST_IN} files"]},
        ),
        (
            {"additional_files": packed(("x", bytes(2**20)), ("y", b"1"))},
            {"additional_files": ["has too many bytes in all"]},
        ),
    ],
)
def test_submission_that_is_wrong_gets_reasons_by_field(
    post: Send, changed: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    answer = post({**CODE, **changed})
    assert (answer.status_code, answer.json()) == (422, errors)
    assert not Submission.objects.exists()


@pytest.mark.parametrize("field", ["source_code", "stdin", "expected_output"])
@pytest.mark.parametrize("value", ["A", "/w=="])
def test_text_that_cannot_be_decoded_is_wrong(post: Send, field: str, value: str) -> None:
    answer = post({**CODE, "source_code": "MQ==", field: value}, "base64_encoded=true")
    assert (answer.status_code, answer.json()) == (422, {field: ["is not UTF-8 in base64"]})


def test_broken_archive_is_refused_whatever_its_bytes() -> None:
    whole = b64decode(packed(("a.txt", b"some text " * 9), ("b/c", b"x")))
    refused = 0
    for at in range(len(whole)):
        for byte in (0, 0x7F, 0xFF):
            broken = b64encode(whole[:at] + bytes([byte]) + whole[at + 1 :]).decode()
            try:
                files_in(broken, most=2**20)
            except NotUnpacked:
                refused += 1
    assert refused > len(whole)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ([], "there should be at least one submission in a batch"),
        ({"submissions": "x"}, "there should be at least one submission in a batch"),
        (
            {"submissions": [CODE] * 21},
            "number of submissions in a batch should be less than or equal to 20",
        ),
    ],
)
def test_batch_of_another_size_is_refused(post: Send, body: Any, errors: str) -> None:
    answer = post(body, address="submissions/batch")
    assert (answer.status_code, answer.json()) == (400, {"error": errors})


def test_batch_without_anything_right_is_wrong(post: Send) -> None:
    answer = post({"submissions": [5, {}]}, address="submissions/batch")
    blank = {"language_id": ["can't be blank"], "source_code": ["can't be blank"]}
    assert (answer.status_code, answer.json()) == (422, [blank, blank])


def test_files_of_a_batch_are_bounded_together(post: Send) -> None:
    half = {**CODE, "additional_files": packed(("x", bytes(2**19)))}
    first, second, third = post({"submissions": [half] * 3}, address="submissions/batch").json()
    assert (first.keys(), second.keys()) == ({"token"}, {"token"})
    assert third == {"additional_files": ["has too many bytes in all"]}


def test_submissions_of_a_batch_count_one_by_one(post: Send, settings: Settings) -> None:
    settings.RUN_RATE = "2/d"
    answer = post({"submissions": [CODE] * 3}, address="submissions/batch")
    assert answer.status_code == 429
    assert answer.json()["error"].startswith("This batch exceeds your rate limit")
    assert int(answer["Retry-After"]) > 0
    assert not Submission.objects.exists()


def test_form_is_read_as_json_is(client: Client, alice: User, token_of: Any) -> None:
    answer = client.post(
        "/judge0/submissions/",
        {"language_id": "70", "source_code": "1"},
        content_type="application/x-www-form-urlencoded",
        headers=token_of(alice),
    )
    assert answer.json() == {"language_id": ["can't be blank"], "source_code": ["can't be blank"]}
    answer = client.generic(
        "POST",
        "/judge0/submissions/",
        "language_id=70&source_code=1&enable_network=false",
        content_type="application/x-www-form-urlencoded",
        headers=token_of(alice),
    )
    assert answer.json() == {"language_id": ["language with id 70 doesn't exist"]}


def test_full_queue_is_told_with_the_seconds(post: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: Any, **options: Any) -> None:
        raise Busy("too many runs are under way", retry_after=7)

    monkeypatch.setattr("submissions.dispatch.local.admit", busy)
    answer = post(CODE, "wait=true")
    assert (answer.status_code, answer["Retry-After"]) == (503, "7")
    assert answer.json()["error"].endswith("Try again in 7 s.")


def test_submission_of_another_user_is_as_unknown_as_none(get: Send, bob: User) -> None:
    for token in (make_submission(bob).pk, uuid4()):
        assert get(f"submissions/{token}").status_code == 404
        assert get(f"submissions/batch?tokens={token}").json() == {"submissions": [None]}


@pytest.mark.parametrize("address", ["submissions/{}", "submissions/batch"])
def test_field_that_there_is_not_is_named(get: Send, alice: User, address: str) -> None:
    answer = get(f"{address.format(make_submission(alice).pk)}?fields=stdout,x,y&tokens=x")
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid fields: [x, y]"})


def test_fields_of_an_answer_are_those_that_are_known(alice: User) -> None:
    run = make_submission(alice)
    assert tuple(answers._values(run)) == answers.FIELDS
    asked = answers.fields_in("expected_output, stdout")
    assert answers.shown(run, asked, is_base64=False) == {
        "expected_output": None,
        "stdout": "1\n",
    }


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"status": "queued", "verdict": ""}, 1),
        ({"status": "running", "verdict": ""}, 2),
        ({}, 3),
        ({"verdict": "time_limit_exceeded", "signal": 9}, 5),
        ({"verdict": "compile_error", "exit_code": 1, "language": "typescript"}, 6),
        ({"verdict": "compile_error", "exit_code": 1}, 11),
        ({"verdict": "runtime_error", "signal": 11}, 7),
        ({"verdict": "output_limit_exceeded", "signal": 9}, 8),
        ({"verdict": "runtime_error", "signal": 8}, 9),
        ({"verdict": "runtime_error", "signal": 6}, 10),
        ({"verdict": "runtime_error", "exit_code": 3}, 11),
        ({"verdict": "memory_limit_exceeded", "signal": 9}, 12),
        ({"verdict": "process_limit_exceeded", "exit_code": 1}, 11),
        ({"verdict": "cancelled"}, 12),
        ({"verdict": "internal_error"}, 13),
    ],
)
def test_end_of_a_run_has_a_number(alice: User, row: dict[str, Any], status: int) -> None:
    assert answers.status_of(make_submission(alice, **row)) == status


def test_compile_error_is_the_output_of_the_compiler(alice: User) -> None:
    row = {"verdict": "compile_error", "exit_code": 1, "language": "typescript", "stderr": "no"}
    shown = answers.shown(make_submission(alice, **row), answers.BY_DEFAULT, is_base64=False)
    assert (shown["compile_output"], shown["stderr"]) == ("no", None)


@pytest.mark.parametrize(
    ("printed", "expected", "status"),
    [
        ("1\n", "1", 3),
        ("1  \n2\t\r\n\n\n", "1\n2", 3),
        ("1\n", "1\n\0 \n", 3),
        ("", "", 3),
        ("1", "", 4),
        (" 1", "1", 4),
        ("1\n\n2", "1\n2", 4),
        ("1\u00a0", "1", 4),
    ],
)
def test_blanks_at_the_ends_do_not_count(
    alice: User, printed: str, expected: str, status: int
) -> None:
    run = make_submission(alice, stdout=printed)
    digest = digest_of(run.pk, expected)
    Expectation.objects.create(submission=run, user=alice, digest=digest)
    assert answers.status_of(run) == status


@pytest.mark.docker
def test_what_a_client_asks_before_it_sends_a_submission(get: Send, post: Send) -> None:
    listed = get("languages").json()
    assert {"id": 71, "name": get("languages/71").json()["name"]} in listed
    assert any(one["name"].startswith("JavaScript (Node.js 2") for one in listed)
    assert get("languages/109").json()["source_file"] == LANGUAGES["python"].source
    assert get("languages/70").status_code == 404
    assert get("statuses").json()[2] == {"id": 3, "description": "Accepted"}
    assert get("about").json()["version"] == get("version").content.decode() == "1.13.1"
    configuration = get("config_info").json()
    assert (len(configuration), configuration["max_memory_limit"]) == (39, 131072)
    assert post("", address="authenticate").status_code == 200
    assert post("", address="authorize").status_code == 403
    assert get("submissions").status_code == 403


def test_submission_is_not_deleted(client: Client, alice: User, token_of: Any) -> None:
    run = make_submission(alice)
    answer = client.delete(f"/judge0/submissions/{run.pk}", headers=token_of(alice))
    assert (answer.status_code, answer.json()) == (400, {"error": "delete not allowed"})
