"""Webhooks over TLS."""

import socket
import ssl
import struct
from pathlib import Path
from ssl import SSLContext

import pytest

from submissions.webhooks import egress
from tests.support.certificates import certify
from tests.support.receivers import answering, post, receiving
from tests.support.resolving import Resolver

pytestmark = pytest.mark.usefixtures("private_receivers")


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[SSLContext, Path]:
    return certify(tmp_path_factory.mktemp("tls"))


def test_tls_is_verified_against_the_name_and_not_the_address(
    certified: tuple[SSLContext, Path], monkeypatch: pytest.MonkeyPatch, resolve: Resolver
) -> None:
    context, authority = certified
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with receiving(tls=context) as receiver:
        resolve(["127.0.0.1"])
        assert post(receiver.address.replace("127.0.0.1", "hooks.example")) == 200
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(egress.NotReached, match="TLS"):
                post(receiver.address.replace("127.0.0.1", host))
    assert len(receiver.heard) == 1


def test_unknown_certificate_authority_is_not_trusted(
    certified: tuple[SSLContext, Path], resolve: Resolver
) -> None:
    context, _ = certified
    with receiving(tls=context) as receiver:
        resolve(["127.0.0.1"])
        with pytest.raises(egress.NotReached, match="TLS"):
            post(receiver.address.replace("127.0.0.1", "hooks.example"))
    assert receiver.heard == []


def test_connection_that_is_reset_before_the_handshake_is_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As by a load balancer that has nobody behind it."""
    make_context = ssl.create_default_context
    with socket.create_server(("127.0.0.1", 0)) as server:

        def make_late() -> SSLContext:
            accepted, _ = server.accept()
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()
            return make_context()

        monkeypatch.setattr(ssl, "create_default_context", make_late)
        with pytest.raises(egress.NotReached, match="connection failed"):
            post(f"https://127.0.0.1:{server.getsockname()[1]}/")


def test_handshake_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "ANSWER_SECONDS", 0.5)
    with answering() as address, pytest.raises(egress.NotReached, match="in time"):
        post(address.replace("http://", "https://"))
