"""Users' clients: sessions that send JSON, and requests that many tests make."""

from django.test import Client

PASSWORD = "correct horse battery staple"
PROGRAM = {"code": "print(6 * 7)"}
ASYNC = {"Prefer": "respond-async"}
BATCHES = "/api/batches/"


def confirm(client):
    """Enter the password again, as pages ask before sensitive changes."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


class ApiClient(Client):
    """A client that sends JSON, by default with a user's session."""

    def run(self, code='print("hi")', **fields):
        body = {"code": code, **fields}
        return self.post("/run", body, content_type="application/json")

    def raw(self, body, content_type="application/json", **headers):
        return self.generic("POST", "/run", body, content_type=content_type, headers=headers)


def log_in(client, name, password, **extra):
    return client.post("/accounts/login/", {"login": name, "password": password}, **extra)


def post_async(client, code="print(6 * 7)", headers=ASYNC, **fields):
    body = {"code": code, **fields}
    return client.post("/run", body, content_type="application/json", headers=headers)


def post_batch(client, submissions=(), **fields):
    body = {"submissions": list(submissions), **fields}
    return client.post(BATCHES, body, content_type="application/json")


def programs(count):
    return [{"code": f"print({number})"} for number in range(count)]


def post_with_key(client, body=PROGRAM, key="k", address="/run", **headers):
    headers = {"Idempotency-Key": key, **headers}
    return client.post(address, body, content_type="application/json", headers=headers)
