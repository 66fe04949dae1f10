"""Piston's API, version 2, as its clients use it."""

import json
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from executor import Busy, default_limits
from submissions.dialects.piston.answers import executed
from submissions.dialects.piston.runtimes import Runtime, is_within
from submissions.dispatch.feed import RESTART, LiveEvent
from submissions.lifecycle.errors import ServiceBusy
from submissions.lifecycle.models import Submission
from tests.support.clients import Answer
from tests.support.factories import make_submission
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

EXECUTE = "/piston/api/v2/execute"
PYTHON = {"language": "python", "version": "*", "files": [{"content": "print(1)"}]}

Post = Callable[..., Answer]


@pytest.fixture
def post(alice: User, client: Client, token_of: Callable[..., dict[str, str]]) -> Post:
    headers = token_of(alice)

    def send(body: Any, content_type: str = "application/json") -> Answer:
        raw = body if isinstance(body, str) else json.dumps(body)
        return client.generic("POST", EXECUTE, raw, content_type=content_type, headers=headers)

    return send


@pytest.mark.docker
def test_runtimes_have_versions_that_execute_takes(
    client: Client, alice: User, token_of: Callable[..., dict[str, str]]
) -> None:
    headers = token_of(alice)
    listed = client.get("/piston/api/v2/runtimes/", headers=headers).json()
    assert listed[0].keys() == {"language", "version", "aliases"}
    assert (listed[0]["language"], "python3" in listed[0]["aliases"]) == ("python", True)
    assert is_within(listed[0]["version"], "3.x")
    assert next(one for one in listed if one["language"] == "javascript")["runtime"] == "node"
    packages = client.get("/piston/api/v2/packages", headers=headers).json()
    shown = [(one["language"], one["language_version"]) for one in packages]
    assert shown == [(one["language"], one["version"]) for one in listed]
    assert client.get("/piston/", headers=headers).json() == {"message": "Piston v3.1.1"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.docker
def test_program_gets_files_arguments_and_lines_and_its_end_is_told(
    post: Post, alice: User
) -> None:
    program = (
        "import sys, tool\n"
        "print(open('a.bin', 'rb').read(), open('file2.code').read(), tool.X, sys.argv[1:])\n"
        "print(repr(sys.stdin.read()))\n"
        "sys.exit('no')\n"
    )
    body = {
        "language": "py3",
        "version": ">=3",
        "files": [
            {"name": "a.bin", "content": "AP8=", "encoding": "base64"},
            {"name": "main.py", "content": program},
            {"content": "6869", "encoding": "hex"},
            {"name": "tool.py", "content": "X = 7", "encoding": "latin1"},
        ],
        "stdin": "one\r\ntwo",
        "args": ["a", "b c"],
        "compile_timeout": 10000,
        "run_timeout": 9000,
        "compile_memory_limit": -1,
        "run_memory_limit": -1,
    }
    answer = post(body)
    assert answer.status_code == 200, answer.content
    content = answer.json()
    assert content.keys() == {"run", "language", "version"}
    assert content["language"] == "python"
    stage = content["run"]
    assert stage["stdout"] == "b'\\x00\\xff' hi 7 ['a', 'b c']\n'one\\r\\ntwo\\n'\n"
    assert stage["stderr"] == "no\n"
    assert sorted(stage["output"]) == sorted(stage["stdout"] + stage["stderr"])
    assert (stage["code"], stage["signal"], stage["status"]) == (1, None, "RE")
    assert all(isinstance(stage[name], int) for name in ("memory", "cpu_time", "wall_time"))
    stored = Submission.objects.get()
    assert stored.limits["wall_seconds"] == 9
    assert stored.limits["memory_bytes"] == default_limits().memory_bytes


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"language": None}, "language is required as a string"),
        ({"language": 5, "version": 5}, "language is required as a string"),
        ({"version": ""}, "version is required as a string"),
        ({"files": None, "run_timeout": "x"}, "files is required as an array"),
        ({"files": {}}, "files is required as an array"),
        ({"files": [{"content": "1"}, {}]}, "files[1].content is required as a string"),
        ({"files": [5]}, "files[0].content is required as a string"),
        ({"language": "cobol"}, "cobol-* runtime is unknown"),
        ({"version": "2.7.18"}, "python-2.7.18 runtime is unknown"),
        ({"version": "x" * 1000}, f"python-{'x' * 100} runtime is unknown"),
        ({"files": []}, "files must include at least one utf8 encoded file"),
        (
            {"files": [{"content": "MQ==", "encoding": "base64"}]},
            "files must include at least one utf8 encoded file",
        ),
        ({"run_timeout": "5"}, "If specified, run_timeout must be a number"),
        ({"run_timeout": True}, "If specified, run_timeout must be a number"),
        ({"run_timeout": 10001}, "run_timeout cannot exceed the configured limit of 10000"),
        ({"run_timeout": -1}, "run_timeout must be non-negative"),
        (
            {"run_timeout": -1, "compile_memory_limit": 2**40},
            "compile_memory_limit cannot exceed the configured limit of 134217728",
        ),
        ({"run_cpu_time": 1e300}, "run_cpu_time cannot exceed the configured limit of 10000"),
        ({"run_timeout": 1}, "limits.wall_seconds: At least 0.1 for Python."),
        ({"args": "x"}, "args: Send a list."),
        ({"stdin": 5}, "stdin: Send a string."),
        (
            {"files": [{"content": "1"}, {"content": "zz", "encoding": "hex"}]},
            "files[1].content is not hex",
        ),
        (
            {"files": [{"content": "1"}, {"content": "A", "encoding": "base64"}]},
            "files[1].content is not base64",
        ),
        (
            {"files": [{"content": "1"}, {"name": "../x", "content": ""}]},
            "files.0.name: Send a relative path",
        ),
    ],
)
def test_first_thing_that_is_wrong_is_told_in_pistons_words(
    post: Post, changed: dict[str, Any], message: str
) -> None:
    answer = post({**PYTHON, **changed})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)
    assert not Submission.objects.exists()


@pytest.mark.parametrize("body", [[], "x", None, 5])
def test_body_that_is_no_object_lacks_the_first_field(post: Post, body: Any) -> None:
    answer = post(json.dumps(body))
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "language is required as a string"},
    )


def test_text_that_is_no_json_has_the_answer_of_the_parser(post: Post) -> None:
    answer = post("{")
    assert answer.status_code == 400
    assert answer.json()["stack"].startswith("The body is not JSON")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_type_that_is_not_json_is_refused(post: Post, content_type: str) -> None:
    answer = post(PYTHON, content_type)
    message = {"message": "requests must be of type application/json"}
    assert (answer.status_code, answer.json()) == (415, message)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_full_service_is_told_with_the_seconds(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: Any, **options: Any) -> None:
        raise Busy("too many runs are under way", retry_after=7)

    monkeypatch.setattr("submissions.dispatch.local.admit", busy)
    answer = post(PYTHON)
    assert (answer.status_code, answer["Retry-After"]) == (503, "7")
    assert answer.json()["message"].endswith("Try again in 7 s.")


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ({"exit_code": 0}, (0, None, None)),
        ({"verdict": "runtime_error", "exit_code": 3}, (3, None, "RE")),
        ({"verdict": "runtime_error", "signal": 11}, (None, "SIGSEGV", "SG")),
        ({"verdict": "runtime_error", "signal": 40}, (None, "SIG40", "SG")),
        ({"verdict": "time_limit_exceeded", "exit_code": 1}, (None, "SIGKILL", "TO")),
        ({"verdict": "memory_limit_exceeded", "signal": 9}, (None, "SIGKILL", "SG")),
        ({"verdict": "process_limit_exceeded", "exit_code": 1}, (1, None, "RE")),
        ({"verdict": "output_limit_exceeded", "signal": 9}, (None, "SIGKILL", "OL")),
        (
            {"verdict": "output_limit_exceeded", "signal": 9, "stderr": "xxx"},
            (None, "SIGKILL", "EL"),
        ),
        ({"verdict": "cancelled"}, (None, "SIGKILL", "SG")),
        ({"verdict": "internal_error"}, (None, "SIGKILL", "XX")),
    ],
)
def test_end_of_a_run_in_pistons_words(alice: User, row: dict[str, Any], end: Any) -> None:
    stage = executed(make_submission(alice, **row), Runtime(**RUNTIME), iter(()))["run"]
    assert (stage["code"], stage["signal"], stage["status"]) == end


RUNTIME: dict[str, Any] = {"language": "python", "version": "3.13.5", "aliases": ()}


@pytest.mark.parametrize(
    ("language", "has_stage"), [("python", False), ("javascript", False), ("typescript", True)]
)
def test_compile_error_is_a_stage_where_piston_compiles(
    alice: User, language: str, has_stage: bool
) -> None:
    row = make_submission(alice, language=language, verdict="compile_error", exit_code=1)
    answer = executed(row, Runtime(**RUNTIME), iter(()))
    assert ("compile" in answer) is has_stage
    assert answer.get("compile", answer["run"]) == answer["run"]


def test_run_that_lost_its_worker_is_not_awaited_without_end(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.dialects.piston.answers.QUEUED_SECONDS", -1)
    waiting = make_submission(alice, status="queued", verdict="")
    with pytest.raises(ServiceBusy):
        executed(waiting, Runtime(**RUNTIME), repeat(None, 5))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.docker
def test_run_that_cannot_be_followed_is_ended(
    post: Post, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(submission: Submission) -> Iterator[None]:
        raise ServiceBusy("The run has lost its worker.", retry_after=1)

    monkeypatch.setattr("submissions.orders.follow", fail)
    answer = post({**PYTHON, "files": [{"content": "while True: pass"}]})
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    eventually(lambda: not Submission.objects.in_flight().exists())
    assert Submission.objects.get().verdict == "cancelled"


def test_output_is_what_was_written_in_its_order(alice: User) -> None:
    def events() -> Iterator[LiveEvent | None]:
        yield LiveEvent("stdout", "lost")
        yield RESTART
        yield LiveEvent("stdout", "a")
        yield None
        yield LiveEvent("stderr", "b")
        yield LiveEvent("stdout", "c")

    assert executed(make_submission(alice), Runtime(**RUNTIME), events())["run"]["output"] == "abc"


@pytest.mark.parametrize(
    "versions",
    [
        *("*", "x", "", "3", "3.x", "3.13", "3.13.x", "3.13.5", "v3.13.5", "=3.13.5", "~3.13"),
        *("^3.2.1", ">=3", ">= 3", ">3.12", "<4", "<=3", "<=3.13.5", ">=3.1 <3.14", "2 || 3"),
        *("3.1 - 3.13", "3.13.5 - 4", "~3", "^3", ">3.13.4", "3.13.5-rc.1"),
    ],
)
def test_version_is_within_a_range_of_npm(versions: str) -> None:
    assert is_within("3.13.5", versions)


@pytest.mark.parametrize(
    "versions",
    [
        *(
            "2",
            "3.12",
            "3.13.4",
            ">3",
            ">3.13",
            "<3",
            "<3.13.5",
            "^3.14",
            "~3.12",
            "^4",
            ">=4 || 2",
        ),
        *(
            "latest",
            "3.13.5.1",
            "3..5",
            ">>3",
            ">",
            "1 - 2",
            "3.13.5 - 3.13.5.6",
            "9" * 200,
        ),
        *(">=3 <3.13", "^0", "~3.13.6", ">*"),
    ],
)
def test_version_is_not_within_other_ranges(versions: str) -> None:
    assert not is_within("3.13.5", versions)


@pytest.mark.parametrize(
    ("version", "is_in"), [("0.2.3", True), ("0.2.9", True), ("0.3.0", False), ("1.0.0", False)]
)
def test_caret_keeps_the_first_number_that_counts(version: str, is_in: bool) -> None:
    assert is_within(version, "^0.2.3") is is_in
