"""What hostile clients of Judge0's API send and ask for."""

import json
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from submissions.dialects.judge0.answers import shown
from submissions.dialects.judge0.archives import NotUnpacked, files_in
from submissions.dialects.judge0.configuration import ranges
from submissions.dialects.judge0.wishes import NOT_OFFERED, NotSaved, wish_of
from submissions.http import connections
from tests.support.factories import make_submission


def test_archive_with_a_file_beyond_all_numbers_is_refused() -> None:
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr("x", b"1")
        archive.infolist()[0].header_offset = 2**64 - 1
    with pytest.raises(NotUnpacked, match="is not a ZIP archive in base64"):
        files_in(b64encode(made.getvalue()).decode(), most=100)


@pytest.mark.django_db
def test_answer_to_a_batch_of_wrong_programs_is_short(
    alice: User, client: Client, token_of: Callable[..., dict[str, str]]
) -> None:
    wrong = {"language_id": 71, **dict.fromkeys([*ranges("python"), *NOT_OFFERED], 10**9)}
    body = {"submissions": [wrong] * 20}
    answer = client.post(
        "/judge0/submissions/batch", body, content_type="application/json", headers=token_of(alice)
    )
    assert answer.status_code == 422
    assert len(answer.json()) == 20
    assert all(answer.json())
    assert len(answer.content) < 10_000


def test_expected_output_with_half_a_character_is_refused() -> None:
    body = {"language_id": 71, "source_code": "1", "expected_output": "\ud800"}
    with pytest.raises(NotSaved) as refused:
        wish_of(body, is_base64=False, most=100)
    assert refused.value.errors == {"expected_output": ["is not a string"]}


@pytest.mark.django_db
def test_answer_of_megabytes_takes_a_place_for_streams(
    client: Client, alice: User, token_of: Callable[..., dict[str, str]], settings: Settings
) -> None:
    settings.STREAM_MAX_PER_USER = 1
    large, headers = make_submission(alice, stdout="x" * 60_000), token_of(alice)
    address = f"/judge0/submissions/batch?tokens={','.join([str(large.pk)] * 20)}"
    answer = client.get(address, headers=headers)
    assert len(json.loads(b"".join(answer))["submissions"]) == 20
    with connections.place(alice.pk):
        assert client.get(address, headers=headers).status_code == 429


@pytest.mark.django_db
def test_answer_to_a_batch_is_built_run_by_run(
    client: Client,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty runs may be 24 MB, in each of the places, for as long as a slow reader takes."""
    built = 0

    def count(*args: Any, **more: Any) -> Any:
        nonlocal built
        built += 1
        return shown(*args, **more)

    monkeypatch.setattr("submissions.dialects.judge0.views.shown", count)
    large, headers = make_submission(alice, stdout="\x01" * 60_000), token_of(alice)
    address = (
        f"/judge0/submissions/batch?tokens={','.join([str(large.pk), 'x', *[str(large.pk)] * 18])}"
    )
    answer = client.get(address, headers=headers)
    assert built == 1
    found = json.loads(b"".join(answer))["submissions"]
    assert [one and len(one["stdout"]) for one in found] == [60_000, None, *[60_000] * 18]
    assert built == 19
