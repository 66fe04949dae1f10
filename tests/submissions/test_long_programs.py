"""CODE_CHARACTERS: every bound follows it, from the body to the sandbox, the pages, the description."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import yaml
from django.conf import settings
from django.contrib.auth.models import User
from pytest_django import Settings
from requests import Response

from config.serving import bodies
from submissions.templatetags.shown import NUMBERED_LINES
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tools.site import ROOT, Service, service

pytestmark = pytest.mark.django_db

MOST = 1024 * 1024
FAR = "\U0001d4b3"  # four bytes in UTF-8, twelve in JSON's longest form


@pytest.mark.parametrize("characters", [1, 5000, 100_000, MOST])
def test_longest_program_in_its_longest_form_fits_into_every_body(characters: int) -> None:
    program = {"code": FAR * characters, "stdin": "\x01" * 65_535, "args": ["\x01" * 1000] * 16}
    assert len(json.dumps(program)) <= bodies.request_bytes(characters)
    batch = json.dumps({"submissions": [program]})
    assert len(batch) <= bodies.batch_bytes(characters) < bodies.body_bytes(characters)


def test_body_for_the_longest_program_is_within_one_clients_part() -> None:
    assert bodies.body_bytes(MOST) <= bodies.ALL_BYTES // bodies.CLIENTS_PART


@pytest.mark.parametrize("value", ["0", "1048577", "-1", "5k", "", "9" * 30])
def test_setting_outside_its_range_is_refused(value: str) -> None:
    environment = {**os.environ, "CODE_CHARACTERS": value}
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "CODE_CHARACTERS=" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["EXECUTOR_DISK_BYTES", "STORAGE_BYTES_PER_DAY"])
def test_program_that_would_fit_nowhere_is_refused_at_the_start(name: str) -> None:
    environment = {**os.environ, "CODE_CHARACTERS": str(MOST), name: "4000K"}
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert f"{name} does not hold" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("body", ["[[],", '{"a":[', "1,", '"",', '"\\"",', '"\\\\",'])
def test_long_body_that_is_mostly_structure_is_refused_unparsed(
    alice: User, as_user: AsUser, body: str, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = bodies.request_bytes(MOST)
    answer = as_user(alice).raw(body * (12 * MOST // len(body)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("code", ['"', "\\", '\\"', "[", ",", "\\\\\\"], ids=repr)
def test_long_program_of_any_marks_is_no_structure(
    alice: User, as_user: AsUser, code: str, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = bodies.request_bytes(MOST)
    answer = as_user(alice).run(code * (3 * MOST // len(code)))
    assert answer.json()["detail"].startswith("Your program is ")


@pytest.mark.parametrize("tail", ['"\\', '"\\"\\"', '"' + "\\" * 9])
def test_string_without_its_end_costs_no_time(
    alice: User, as_user: AsUser, tail: str, settings: Settings
) -> None:
    """A search that began again at each quote would take hours."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = bodies.request_bytes(MOST)
    answer = as_user(alice).raw('{"code": ' + tail + '\\"' * MOST + "\\")
    assert answer.json()["code"] == "parse_error"


def test_very_long_program_is_shown_without_line_numbers(alice: User, as_user: AsUser) -> None:
    run = make_submission(alice, code="x\n" * (NUMBERED_LINES + 1))
    page = as_user(alice).get(f"/submissions/{run.pk}/").content.decode()
    assert "without line numbers" in page
    assert page.count('class="line') == 1


def test_program_of_a_mebibyte_is_shown_and_compared(alice: User, as_user: AsUser) -> None:
    texts = ("\n" * MOST, FAR * MOST, "print(1)\n" * (MOST // 9))
    runs = [make_submission(alice, code=text) for text in texts]
    client = as_user(alice)
    assert client.get("/submissions/").status_code == 200
    for run in runs:
        assert client.get(f"/submissions/{run.pk}/").status_code == 200
    for other in runs[1:]:
        answer = client.get(f"/submissions/compare/?id={runs[0].pk}&id={other.pk}")
        assert answer.status_code == 200


@pytest.fixture(scope="module")
def site() -> Iterator[Service]:
    instance = f"long-{os.getpid()}"
    options = {"EXECUTOR_INSTANCE": instance, "EXECUTOR_POOL_SIZE": "1"}
    with service(CODE_CHARACTERS=str(MOST), **options) as running:
        yield running


def post(site: Service, body: str | bytes, address: str = "/run", **headers: Any) -> Response:
    headers = {
        "Authorization": f"Bearer {site.token}",
        "Content-Type": "application/json",
    } | headers
    return requests.post(site.address + address, data=body, headers=headers, timeout=120)


@pytest.mark.docker
@pytest.mark.inline
@pytest.mark.parametrize(
    ("language", "code"),
    [("python", "print(len('{}'))"), ("javascript", "console.log([...'{}'].length)")],
)
def test_program_of_the_largest_setting_runs(site: Service, language: str, code: str) -> None:
    text = FAR * (MOST - len(code) + 2)
    body = json.dumps({"code": code.replace("{}", text), "language": language})
    assert len(body) > 11 * MOST
    answer = post(site, body).json()
    assert (answer["verdict"], answer["output"]) == ("ok", f"{len(text)}\n")


@pytest.mark.docker
@pytest.mark.inline
def test_program_beyond_the_largest_setting_is_told_the_limit(site: Service) -> None:
    answer = post(site, json.dumps({"code": "x" * (MOST + 1)})).json()
    assert answer["detail"] == "Your program is 1 character too long (limit 1,048,576)."
    batch = json.dumps({"submissions": [{"code": FAR * MOST}]})
    assert post(site, batch, "/api/batches/").status_code == 202
    beyond = post(site, b" " * (bodies.body_bytes(MOST) + 1))
    assert (beyond.status_code, beyond.json()["code"]) == (413, "too_large")
    assert "larger than 13 MiB" in beyond.json()["detail"]


@pytest.mark.docker
@pytest.mark.inline
def test_description_has_the_limit_of_the_site(site: Service) -> None:
    schema = yaml.safe_load(requests.get(f"{site.address}/api/schema/", timeout=60).text)
    code = schema["components"]["schemas"]["Program"]["properties"]["code"]
    assert (code["maxLength"], "1 to 1048576" in code["description"]) == (MOST, True)


def test_page_has_the_limit(alice: User, as_user: AsUser, settings: Settings) -> None:
    settings.CODE_CHARACTERS = 123
    page = as_user(alice).get("/playground/").content.decode()
    assert "up to 123 characters" in page
    assert '"longest": 123' in page


def test_default_is_the_projects_requirement() -> None:
    assert settings.CODE_CHARACTERS == 5000
