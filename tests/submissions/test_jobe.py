"""Jobe's API as CodeRunner (Moodle's plugin 5.9.3) uses it, with cases of Jobe's own tests."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import md5
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from executor import LANGUAGES, default_limits, offered
from submissions.dialects.jobe import cache
from submissions.dialects.jobe.outcomes import result_of
from submissions.dialects.jobe.spec import Spec, spec_of
from submissions.files.models import Upload
from submissions.lifecycle.models import Status, Submission, Verdict
from tests.support.clients import Answer
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

BASE = "/jobe/index.php/restapi/"
HEADERS = {
    "User-Agent": "CodeRunner",
    "Accept-Charset": "utf-8",
    "Accept": "application/json",
    "X-CodeRunner-Job-Id": "1a2b3c4d",
}
JSON = "application/json; charset=utf-8"
FILES = {"data.txt": b"first\nsecond\n", "raw.bin": bytes(range(256))}
CODE = """
import os, sys
print(open("data.txt").read().split(), os.path.getsize("raw.bin"))
print(input(), sys.argv[1:])
print("import os" in open("__tester__.python3").read())
with open("out.txt", "w") as file:
    file.write("One fish")
print(open("out.txt").read())
"""


@pytest.fixture
def headers(alice: User, token_of: Callable[..., dict[str, str]]) -> dict[str, str]:
    return {**HEADERS, "X-API-KEY": token_of(alice)["Authorization"].removeprefix("Bearer ")}


@pytest.fixture
def send(client: Client, headers: dict[str, str]) -> Callable[..., Answer]:
    def answer(method: str, resource: str, body: Any = None) -> Answer:
        data = "" if body is None else json.dumps(body)
        return client.generic(method, f"{BASE}{resource}", data, JSON, headers=headers)

    return answer


def run_spec(**changes: Any) -> dict[str, Any]:
    spec = {
        "language_id": "python3",
        "sourcecode": "print(1)",
        "sourcefilename": "__tester__.python3",
        "input": "",
        "file_list": [],
        "jobeserver": "example.org",
    }
    return {"run_spec": {**spec, **changes}}


def spec(**changes: Any) -> Spec:
    return spec_of(run_spec(**changes))


@pytest.mark.docker
def test_coderunner_sends_its_files_when_they_are_missing_and_the_run_again(
    send: Callable[..., Answer],
) -> None:
    ids = {md5(content, usedforsecurity=False).hexdigest(): name for name, content in FILES.items()}
    body = run_spec(
        sourcecode=CODE,
        input="typed\n",
        file_list=[[file_id, name] for file_id, name in ids.items()],
        parameters={"cputime": 20, "memorylimit": 400, "numprocs": 30, "runargs": ["a", "b c"]},
    )
    missing = send("POST", "runs", body)
    assert missing.status_code == 404
    assert missing.json() == "One or more of the specified files is missing/unavailable"
    assert not Submission.objects.exists()
    for file_id, name in ids.items():
        assert send("HEAD", f"files/{file_id}").status_code == 404
        content = {"file_contents": b64encode(FILES[name]).decode()}
        assert send("PUT", f"files/{file_id}", content).status_code == 204
        assert send("HEAD", f"files/{file_id}").status_code == 204
    answer = send("POST", "runs", body)
    assert answer.status_code == 200
    assert answer.json() == {
        "run_id": None,
        "outcome": 15,
        "cmpinfo": "",
        "stdout": "['first', 'second'] 256\ntyped ['a', 'b', 'c']\nTrue\nOne fish\n",
        "stderr": "",
    }
    stored = Submission.objects.get()
    assert (stored.via, stored.isolation) == ("jobe", "container")
    assert stored.limits["processes"] == 30
    assert stored.limits["memory_bytes"] == default_limits().memory_bytes


@pytest.mark.docker
def test_syntax_error_is_a_compile_error(send: Callable[..., Answer]) -> None:
    answer = send("POST", "runs/", run_spec(sourcecode='print("Hello"\n', sourcefilename="test.py"))
    result = answer.json()
    assert (result["outcome"], result["stdout"], result["stderr"]) == (11, "", "")
    assert 'File "test.py", line 1' in result["cmpinfo"]


@pytest.mark.docker
@pytest.mark.skipif("c" not in offered(), reason="C is not offered: make test-languages")
def test_source_of_c_is_compiled_once_under_the_clients_name(send: Callable[..., Answer]) -> None:
    asked = {"language_id": "c", "sourcefilename": "__tester__.c"}
    good = '#include <stdio.h>\nint main(void) { puts("hi"); }\n'
    result = send("POST", "runs/", run_spec(**asked, sourcecode=good)).json()
    assert (result["outcome"], result["stdout"], result["stderr"]) == (15, "hi\n", "")
    result = send("POST", "runs/", run_spec(**asked, sourcecode="int main(void) { x; }\n")).json()
    assert (result["outcome"], result["stdout"]) == (11, "")
    assert "__tester__.c:1:" in result["cmpinfo"]
    assert "main.c" not in result["cmpinfo"]


@pytest.mark.docker
def test_output_that_is_no_utf8_is_escaped(send: Callable[..., Answer]) -> None:
    code = r"import sys; sys.stdout.buffer.write('Hä\n\x01'.encode() + b'\xc0\t\xc9\n')"
    body = run_spec(sourcecode="\n", parameters={"interpreterargs": [f'-c "{code}"']})
    result = send("POST", "runs", body).json()
    assert (result["outcome"], result["stdout"]) == (15, "H\\xc3\\xa4\n\\x01\\xc0\t\\xc9\n")


def test_languages_are_those_of_the_site_by_jobes_names(send: Callable[..., Answer]) -> None:
    pairs = dict(send("GET", "languages").json())
    assert {"python3", "nodejs"} <= pairs.keys()
    assert pairs["python3"].startswith("3.")
    assert send("GET", "languages/").json() == send("GET", "languages").json()


@pytest.mark.parametrize(
    ("verdict", "row", "outcome", "stderr"),
    [
        (Verdict.OK, {"stdout": "out"}, 15, ""),
        (
            Verdict.OK,
            {"stdout": "out", "stderr": "/app/script.py:1: warning"},
            12,
            "t.py:1: warning",
        ),
        (Verdict.RUNTIME_ERROR, {"stdout": "out", "exit_code": 3}, 15, ""),
        (Verdict.RUNTIME_ERROR, {"stdout": "out", "stderr": "Traceback"}, 12, "Traceback"),
        (Verdict.RUNTIME_ERROR, {"stdout": "out", "signal": 11}, 12, ""),
        (
            Verdict.RUNTIME_ERROR,
            {"stdout": "out", "signal": 6},
            12,
            "warning: command terminated with signal 6\n",
        ),
        (Verdict.TIME_LIMIT_EXCEEDED, {"stdout": "out", "stderr": "x"}, 13, ""),
        (Verdict.OUTPUT_LIMIT_EXCEEDED, {"stdout": "out"}, 13, ""),
        (Verdict.MEMORY_LIMIT_EXCEEDED, {"stdout": "out", "signal": 9}, 17, ""),
        (Verdict.PROCESS_LIMIT_EXCEEDED, {"stdout": "out"}, 12, "Too many.\n"),
        (Verdict.DISK_LIMIT_EXCEEDED, {"stdout": "out"}, 12, "Too many.\n"),
        (Verdict.INTERNAL_ERROR, {"stdout": "out"}, 20, "Too many.\n"),
        (Verdict.CANCELLED, {"stdout": "out"}, 20, "Too many.\n"),
    ],
)
def test_end_of_a_run_has_jobes_outcome(
    alice: User, verdict: Verdict, row: dict[str, Any], outcome: int, stderr: str
) -> None:
    run = make_submission(alice, verdict=verdict, error="Too many.", **row)
    told = result_of(run, spec(sourcefilename="t.py"))
    assert (told["outcome"], told["stdout"], told["stderr"]) == (outcome, "out", stderr)


def test_syntax_error_of_a_language_that_jobe_does_not_compile_is_one_of_the_run(
    alice: User,
) -> None:
    run = make_submission(alice, verdict=Verdict.COMPILE_ERROR, stderr="SyntaxError", stdout="")
    told = result_of(run, spec(language_id="nodejs"))
    assert (told["outcome"], told["cmpinfo"], told["stderr"]) == (12, "", "SyntaxError")


def test_file_beyond_the_largest_upload_is_refused(
    send: Callable[..., Answer], settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 5
    answer = send("PUT", "files/0123456789", {"file_contents": b64encode(b"larger").decode()})
    assert (answer.status_code, answer.json()) == (413, "The file is larger than 5 bytes.")
    assert not Upload.objects.exists()


def test_messages_name_the_file_as_the_client_does_each_once(alice: User) -> None:
    compiler = "main.c:1: x\n/app/main.c:2: y\nlib/main.c:1: z\nmain.cpp, domain.c\n"
    run = make_submission(alice, verdict=Verdict.COMPILE_ERROR, stderr=compiler)
    told = result_of(run, replace(spec(), slug="c", source_name="domain.c"))
    shown = "domain.c:1: x\ndomain.c:2: y\nlib/main.c:1: z\nmain.cpp, domain.c\n"
    assert told["cmpinfo"] == shown
    source = LANGUAGES["python"].source
    run.stderr = f'File "/box/{source}", line 1\n{source} is a word\n'
    told = result_of(run, spec(sourcefilename="t.py"))
    assert told["cmpinfo"] == f'File "t.py", line 1\n{source} is a word\n'


def test_every_verdict_has_an_outcome(alice: User) -> None:
    for verdict in Verdict:
        run = make_submission(alice, verdict=verdict)
        assert result_of(run, spec())["outcome"] in {11, 12, 13, 15, 17, 20}


def test_run_of_a_debugger_has_its_id(alice: User) -> None:
    run = make_submission(alice)
    assert result_of(run, spec(debug=True))["run_id"] == str(run.pk)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", "Non-JSON post data received"),
        ('"x"', "Non-JSON post data received"),
        ("{}", "No run_spec attribute found in post data"),
        (
            '{"run_spec": {"language_id": "python3"}}',
            "run_spec is missing the required attribute 'sourcecode'",
        ),
        (
            '{"run_spec": {"sourcecode": "1"}}',
            "run_spec is missing the required attribute 'language_id'",
        ),
        (
            '{"run_spec": {"sourcecode": "1", "language_id": "NoSuchLanguage"}}',
            "Language 'nosuchlanguage' is not known",
        ),
        (
            json.dumps(run_spec(parameters={"cputime": 121})),
            "cputime exceeds maximum allowed on this Jobe server (120 secs)",
        ),
        *[
            (
                json.dumps(run_spec(sourcefilename=name)),
                "The sourcefilename for the run_spec is illegal",
            )
            for name in ("a/b", ".hidden", "-x", "a;b", "a\u00a0b", "..", 1, f"{201 * 'a'}.c")
        ],
        *[
            (json.dumps(run_spec(file_list=[one])), "Invalid file specifier")
            for one in (["short", "a"], ["12345678", "a/b"], ["1234-5678", "a"], ["12345678"], "x")
        ],
        (
            json.dumps(run_spec(parameters={"interpreterargs": ["-O"]})),
            "This site does not know the interpreterargs -O",
        ),
        (
            json.dumps(run_spec(parameters={"runargs": ["'"]})),
            "The parameter runargs is no line for a shell",
        ),
        (  # before it is split, in the square of the time
            json.dumps(run_spec(parameters={"runargs": ["a" * 9000, "b" * 9000]})),
            "The parameter runargs is longer than 16384 characters",
        ),
    ],
)
def test_request_that_is_wrong_is_refused_in_jobes_words(
    client: Client, headers: dict[str, str], body: str, words: str
) -> None:
    answer = client.generic("POST", f"{BASE}runs", body, JSON, headers=headers)
    assert (answer.status_code, answer.json()) == (400, words)
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("header", "words"),
    [({}, "Missing API key"), ({"X-API-KEY": "2AAA7A5415B4A9B394B54BF1D2E9D"}, "Unknown API key")],
)
def test_request_without_a_valid_key_is_refused(
    client: Client, header: dict[str, str], words: str
) -> None:
    answer = client.get(f"{BASE}languages", headers=header)
    assert (answer.status_code, answer.json()) == (403, words)


def test_request_beyond_the_rate_is_refused_as_coderunner_knows(
    send: Callable[..., Answer], settings: Settings
) -> None:
    settings.RUN_RATE = "1/d"
    send("POST", "runs", {})
    answer = send("POST", "runs", run_spec())
    assert answer.status_code == 429
    assert answer.json().startswith("Max RUN rate for this server exceeded. You've used")
    assert int(answer["Retry-After"]) > 0


def test_server_without_a_place_is_overloaded(
    send: Callable[..., Answer], alice: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 1
    make_submission(alice, status=Status.RUNNING)
    answer = send("POST", "runs", run_spec())
    assert answer.status_code == 200
    assert (answer.json()["run_id"], answer.json()["outcome"]) == ("0", 21)


@pytest.mark.parametrize(
    ("parameters", "lowered"),
    [
        ({}, {"cpu_seconds": 5, "wall_seconds": 10}),
        ({"cputime": 1.5}, {"cpu_seconds": 1.5, "wall_seconds": 3}),
        ({"cputime": 100}, {"cpu_seconds": 10, "wall_seconds": 10}),
        ({"cputime": "x", "numprocs": None}, {"cpu_seconds": 5, "wall_seconds": 10}),
        ({"cputime": "3"}, {"cpu_seconds": 3, "wall_seconds": 6}),
        ({"cputime": 0.01}, {"cpu_seconds": 0.1, "wall_seconds": 0.1}),
        ({"memorylimit": 0}, {"cpu_seconds": 5, "wall_seconds": 10}),
        ({"memorylimit": 64}, {"memory_bytes": 64 * 2**20}),
        ({"memorylimit": 200000}, {"memory_bytes": 128 * 2**20}),
        ({"streamsize": 2, "numprocs": 20}, {"output_bytes": 64 * 1024, "processes": 20}),
        ({"numprocs": 1e99}, {"cpu_seconds": 5, "wall_seconds": 10}),
    ],
)
def test_parameters_lower_the_limits_and_raise_none(
    parameters: dict[str, Any], lowered: dict[str, float]
) -> None:
    limits = spec(parameters=parameters).limits
    assert {**limits, **lowered} == limits
    assert limits.keys() <= {"cpu_seconds", "wall_seconds", *lowered}
    own = default_limits()
    assert all(value <= getattr(own, name) for name, value in limits.items())


@pytest.mark.parametrize(
    ("parameters", "command", "args"),
    [
        ({"runargs": ["Arg1", "Arg2"]}, None, ("Arg1", "Arg2")),
        ({"runargs": ["'a b' c", 3]}, None, ("a b", "c", "3")),
        ({"interpreterargs": ["-BE"]}, None, ()),
        ({"interpreterargs": ["-B", '-c "print(\\"Blah\\")"']}, 'print("Blah")', ("t.py",)),
        ({"interpreterargs": ["-c", "1", "x"], "runargs": ["y"]}, "1", ("x", "t.py", "y")),
    ],
)
def test_arguments_are_words_of_a_shell(
    parameters: dict[str, Any], command: str | None, args: tuple[str, ...]
) -> None:
    checked = spec(parameters=parameters, sourcefilename="t.py")
    assert (checked.command, checked.args) == (command, args)


@pytest.mark.parametrize(
    ("language", "given", "name"),
    [
        ("python3", None, "prog.py"),
        ("python3", "prog.java", "prog.py"),
        ("PYTHON3", "a b.py", "a b.py"),
        ("nodejs", "", "prog.js"),
    ],
)
def test_source_has_the_clients_name(language: str, given: str | None, name: str) -> None:
    assert spec(language_id=language, sourcefilename=given).source_name == name


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "put: missing file_contents parameter"),
        (
            {"file_contents": "*"},
            "put: contents of file 0123456789abcdef are not valid base-64",
        ),
        ({"file_contents": 1}, "put: contents of file 0123456789abcdef are not valid base-64"),
    ],
)
def test_file_without_content_is_refused(
    send: Callable[..., Answer], body: dict[str, Any], words: str
) -> None:
    answer = send("PUT", "files/0123456789abcdef", body)
    assert (answer.status_code, answer.json()) == (400, words)


def test_file_is_its_users_alone_and_its_newest_content_counts(
    send: Callable[..., Answer],
    client: Client,
    alice: User,
    bob: User,
    token_of: Callable[..., dict[str, str]],
) -> None:
    for content in (b"old", b"new"):
        send("PUT", "files/0123456789", {"file_contents": b64encode(content).decode()})
    assert send("HEAD", "files/0123456789").status_code == 204
    [newest] = cache.found(alice, ["0123456789"]).values()
    assert bytes(Upload.objects.get(pk=newest).content) == b"new"
    others = {**HEADERS, **token_of(bob)}
    assert client.head(f"{BASE}files/0123456789", headers=others).status_code == 404
    made = send("POST", "files", {"file_contents": b64encode(b"new").decode()})
    assert made.json() == md5(b"new", usedforsecurity=False).hexdigest()
