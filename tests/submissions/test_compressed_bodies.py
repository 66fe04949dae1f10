"""Request bodies with a Content-Encoding: decompressed within the limits, or refused in true words."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from submissions.lifecycle.models import Submission
from tests.support.clients import BATCHES, Answer, ApiClient, AsUser

pytestmark = pytest.mark.django_db

MEGABYTE = 1024 * 1024
NO_CODE = json.dumps({"code": ""}).encode()
NOTHING_TO_RUN = {"code": ["There is nothing to run yet."]}


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


def post(client: ApiClient, body: bytes, coding: str, address: str = "/run") -> Answer:
    headers = {"Content-Encoding": coding}
    return client.generic("POST", address, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_compressed_body_is_read(
    client: ApiClient, coding: str, compress: Callable[..., Any]
) -> None:
    assert post(client, compress(NO_CODE), coding).json()["fields"] == NOTHING_TO_RUN


def test_compressed_batch_is_queued(client: ApiClient) -> None:
    body = gzip.compress(json.dumps({"submissions": [{"code": "print(1)"}] * 50}).encode())
    assert post(client, body, "gzip", BATCHES).status_code == 202
    assert Submission.objects.count() == 50


@pytest.mark.parametrize(("address", "limit"), [("/run", MEGABYTE), (BATCHES, 2 * MEGABYTE)])
def test_limit_is_of_the_decompressed_body(client: ApiClient, address: str, limit: int) -> None:
    for size, status in ((limit, 400), (limit + 1, 413)):
        body = gzip.compress(b"{}".ljust(size))
        assert post(client, body, "gzip", address).status_code == status


@pytest.mark.parametrize(("address", "limit"), [("/run", "1 MiB"), (BATCHES, "2 MiB")])
def test_bomb_is_refused_in_words_and_takes_no_more_memory_than_a_body(
    client: ApiClient, address: str, limit: str
) -> None:
    bomb = gzip.compress(b" " * (100 * MEGABYTE))  # five times the bound below
    assert len(bomb) < MEGABYTE // 8
    tracemalloc.start()
    try:
        answer = post(client, bomb, "gzip", address)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * MEGABYTE
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == f"The body is larger than {limit} after it is decompressed."


@pytest.mark.parametrize(
    "body",
    [
        NO_CODE,
        b"\x1f\x8b",
        gzip.compress(NO_CODE)[:-4],
        gzip.compress(NO_CODE) + b"more",
        gzip.compress(NO_CODE) * 2,
        zlib.compress(NO_CODE),
    ],
    ids=["plain", "head", "cut", "more", "twice", "deflate"],
)
def test_body_that_is_not_what_its_header_says_is_refused(client: ApiClient, body: bytes) -> None:
    answer = post(client, body, "gzip")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert "gzip" in answer.json()["detail"]


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "x" * 60_000, "é"])
def test_other_coding_is_told_what_to_send(client: ApiClient, coding: str) -> None:
    answer = post(client, NO_CODE, coding)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.json()["detail"] == "Send the body uncompressed, or with Content-Encoding: gzip."
