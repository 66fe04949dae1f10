"""Users' clients: sessions that send JSON, and requests that many tests make."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from django.http.response import HttpResponseBase
from django.test import Client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse

    # A test client adds attributes to a response. Only the stubs have a class with them.
    Answer: TypeAlias = _MonkeyPatchedWSGIResponse
else:
    Answer = HttpResponseBase

PASSWORD = "correct horse battery staple"
PROGRAM = {"code": "print(6 * 7)"}
ASYNC = {"Prefer": "respond-async"}
BATCHES = "/api/batches/"


def confirm(client: Client) -> None:
    """Enter the password again, as pages ask before sensitive changes."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


class ApiClient(Client):
    """A client that sends JSON, by default with a user's session."""

    def run(self, code: object = 'print("hi")', **fields: object) -> Answer:
        body = {"code": code, **fields}
        return self.post("/run", body, content_type="application/json")

    def raw(
        self, body: str | bytes, content_type: str = "application/json", **headers: str
    ) -> Answer:
        return self.generic("POST", "/run", body, content_type=content_type, headers=headers)


AsUser = Callable[..., ApiClient]
"""Makes a client with a user's session; keyword arguments are those of the client."""


def log_in(client: Client, name: str, password: str, **extra: Any) -> Answer:
    return client.post("/accounts/login/", {"login": name, "password": password}, **extra)


def post_async(
    client: Client,
    code: str = "print(6 * 7)",
    headers: Mapping[str, str] = ASYNC,
    **fields: object,
) -> Answer:
    body = {"code": code, **fields}
    return client.post("/run", body, content_type="application/json", headers=headers)


def post_batch(client: Client, submissions: Iterable[object] = (), **fields: object) -> Answer:
    body = {"submissions": list(submissions), **fields}
    return client.post(BATCHES, body, content_type="application/json")


def programs(count: int) -> list[dict[str, str]]:
    return [{"code": f"print({number})"} for number in range(count)]


def post_with_key(
    client: Client, body: object = PROGRAM, key: str = "k", address: str = "/run", **headers: str
) -> Answer:
    headers = {"Idempotency-Key": key, **headers}
    return client.post(address, body, content_type="application/json", headers=headers)


def sent_file(
    client: Client, name: str = "people.csv", content: bytes = b"name,age\nAda,36\n", **more: Any
) -> Answer:
    """Upload a file as the body of a request."""
    more = {"content_type": "application/octet-stream", **more}
    return client.post("/api/files/", content, query_params={"name": name}, **more)
