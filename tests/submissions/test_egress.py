"""Addresses that webhooks may reach, and refusals of all others."""

from contextlib import nullcontext
from ipaddress import ip_address

import pytest
from pytest_django import Settings

from submissions.webhooks import egress
from tests.support.receivers import answering, post, receiving
from tests.support.resolving import Resolver


@pytest.fixture(autouse=True)
def local(private_receivers: None) -> None:
    """Before the fixtures of a class, which may forbid it again."""


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
    ],
)
def test_public_address_is_allowed(settings: Settings, address: str) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = []
    assert egress.is_allowed(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds keep their instances' credentials
        "100.64.0.1",  # carrier-grade NAT
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "192.88.99.1",  # the way into 6to4
        "::",
        "::1",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001::1",  # Teredo
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "100::1",
    ],
)
def test_address_that_is_not_public_is_refused(settings: Settings, address: str) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = []
    assert not egress.is_allowed(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(ValueError):
        egress.target_of(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org/",
        "file:///etc/passwd",
        "//example.org/",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:pass@example.org/",
        "https://example.org\\@evil.example/",
        "https://example.org/#fragment",
        "https://example.org:22/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:x/",
        "https://example.org/ space",
        "https://example.org/\r\nX-Header: 1",
        "https://exämple.org/",
        "https://[::1/",
        "https://[v1.x]/",
        "https://exa_mple.org:80:80/",
        f"https://example.org/{'x' * 500}",
    ],
)
def test_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        egress.target_of(url)


@pytest.mark.parametrize("port", ["", ":80", ":443", ":1024", ":8443", ":65535"])
def test_address_of_a_public_host_is_taken(settings: Settings, port: str) -> None:
    settings.WEBHOOK_ALLOW_HTTP = False
    target = egress.target_of(f"https://Hooks.Example.org{port}/a/b?c=%20d")
    assert (target.host, target.path) == ("hooks.example.org", "/a/b?c=%20d")


def test_http_is_refused_unless_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_HTTP = False
    with pytest.raises(ValueError, match="https"):
        egress.target_of("http://example.org/")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost.",
        "a.localhost",
        "127.1",
        "0x7f.1",
        "2130706433",
        "intranet",
        "printer.local",
        "db.internal",
        "nas.home.arpa",
        "a.invalid",
        "a.onion",
    ],
)
def test_host_that_can_never_be_public_is_refused_at_once(
    settings: Settings, resolve: Resolver, host: str
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = []
    asked = resolve(["8.8.8.8"])
    with pytest.raises(ValueError, match="can't be reached at a public address"):
        egress.target_of(f"https://{host}/")
    assert asked == []


@pytest.mark.parametrize("host", ["intranet", "db.internal", "localhost", "127.1"])
def test_host_of_an_allowed_private_network_is_taken(host: str) -> None:
    assert egress.target_of(f"https://{host}/").host == host


class TestDevelopersOwnMachine:
    @pytest.fixture(autouse=True)
    def _loopback(self, settings: Settings) -> None:
        settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOW_PRIVATE = False, []
        settings.WEBHOOK_ALLOW_LOOPBACK = True

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_receiver_here_is_reached_by_http(self, host: str, resolve: Resolver) -> None:
        with receiving(204) as receiver:
            resolve(["127.0.0.1"])
            port = receiver.address.split(":")[2].split("/")[0]
            assert post(f"http://{host}:{port}/hook") == 204

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/",
            "http://127.0.0.2:8000/",
            "https://127.0.0.2/",
            "http://10.0.0.1:8000/",
            "https://169.254.169.254/",
            "http://a.localhost:8000/",
            "http://127.0.0.1:25/",
        ],
    )
    def test_everything_else_is_refused_as_before(self, url: str) -> None:
        with pytest.raises(ValueError):
            egress.target_of(url)

    def test_name_that_resolves_to_another_private_address_is_not_connected_to(
        self, resolve: Resolver
    ) -> None:
        resolve(["127.0.0.1", "10.0.0.1"])
        with pytest.raises(egress.NotReached, match="public address"):
            post("https://hooks.example.org/")


def test_status_of_the_answer_comes_back() -> None:
    with receiving(204) as receiver:
        assert post(f"{receiver.address}?a=1") == 204
    [(path, headers, body)] = receiver.heard
    assert (path, body) == ("/hook?a=1", b"{}")
    assert headers["host"] == receiver.address.split("/")[2]


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "017700000001", "localhost", "LOCALHOST"]
)
def test_loopback_in_other_words_is_not_connected_to(settings: Settings, host: str) -> None:
    with receiving() as receiver:
        port = receiver.address.split(":")[2]
        settings.WEBHOOK_ALLOW_PRIVATE = []
        with pytest.raises(egress.NotReached, match="public address"):
            post(f"http://{host}:{port}")
    assert receiver.heard == []


def test_name_with_a_public_and_a_private_address_is_not_connected_to(
    settings: Settings, resolve: Resolver
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = []
    with receiving() as receiver:
        resolve(["8.8.8.8", "127.0.0.1"])
        with pytest.raises(egress.NotReached, match="public address"):
            post(receiver.address.replace("127.0.0.1", "both.example"))
    assert receiver.heard == []


def test_address_that_was_checked_is_the_one_that_is_connected_to(resolve: Resolver) -> None:
    """The resolver is not queried again, so its answer cannot change after the check."""
    with receiving() as good, receiving() as evil:
        port = good.address.split(":")[2]
        questions = resolve(["127.0.0.1"], ["127.0.0.2"])
        assert post(f"http://turns.example:{port}") == 200
        assert questions == ["turns.example"]
    assert len(good.heard) == 1
    assert evil.heard == []
    assert good.heard[0][1]["host"] == f"turns.example:{port.split('/')[0]}"


def test_second_address_is_tried_when_the_first_does_not_answer(resolve: Resolver) -> None:
    with receiving() as receiver:
        resolve(["127.0.0.9", "127.0.0.1"])
        assert post(receiver.address.replace("127.0.0.1", "two.example")) == 200


def test_unknown_name_and_internal_name_get_the_same_error(
    settings: Settings, resolve: Resolver
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = []
    resolve(["10.1.2.3"])
    with pytest.raises(egress.NotReached) as inside:
        post("https://inside.example/")
    with pytest.raises(egress.NotReached) as nowhere:
        post(f"https://{'x' * 64}.example/")  # no label is that long
    assert str(inside.value) == str(nowhere.value)


def test_redirect_is_not_followed() -> None:
    with receiving() as target, receiving(307, Location=target.address) as receiver:
        assert post(receiver.address) == 307
    assert target.heard == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
            monkeypatch.setenv(name.upper(), proxy.address)
        post(receiver.address)
    assert (len(receiver.heard), proxy.heard) == (1, [])


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"H"] * 1000,
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 100 + [b"HTTP/1.1 200 OK\r\n"],
        [b"HTTP/1.1 103 Early Hints\r\n"],
    ],
    ids=["silent", "drop by drop", "provisional for long", "half"],
)
def test_server_that_never_answers_is_left(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    """The bound is on the whole answer: a timeout between two bytes would never pass."""
    monkeypatch.setattr(egress, "ANSWER_SECONDS", 0.5)
    with (
        answering(*pieces, pause=0.05) as address,
        pytest.raises(egress.NotReached, match="in time"),
    ):
        post(address)


@pytest.mark.parametrize(("closed", "is_reached"), [(2, True), (3, False)])
def test_three_addresses_of_a_name_are_tried(
    resolve: Resolver, closed: int, is_reached: bool
) -> None:
    resolve([*(f"127.0.0.{number}" for number in range(2, 2 + closed)), "127.0.0.1"])
    with receiving() as receiver:
        address = receiver.address.replace("127.0.0.1", "hooks.example")
        with nullcontext() if is_reached else pytest.raises(egress.NotReached):
            assert post(address) == 200


def test_server_that_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "ANSWER_SECONDS", 0.5)
    with answering() as address, pytest.raises(egress.NotReached, match="in time"):
        egress.post(address, b"x" * 50_000_000, {})


def test_final_status_after_provisional_ones_counts() -> None:
    with answering(
        b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 201 \r\n"
    ) as address:
        assert post(address) == 201


def test_flood_without_a_status_is_cut() -> None:
    with answering(b"x" * 100_000) as address, pytest.raises(egress.NotReached, match="not HTTP"):
        post(address)


def test_status_behind_more_headers_than_are_read_is_not_found() -> None:
    headers = b"A: b\r\n" * egress.ANSWER_BYTES
    with (
        answering(b"HTTP/1.1 100 Continue\r\n" + headers + b"\r\nHTTP/1.1 200 OK\r\n") as address,
        pytest.raises(egress.NotReached, match="not HTTP"),
    ):
        post(address)


def test_flood_after_the_status_is_not_read() -> None:
    with answering(b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n" * 10_000] * 100) as address:
        assert post(address) == 200


def test_closed_port_is_no_connection() -> None:
    with receiving() as receiver:
        pass
    with pytest.raises(egress.NotReached, match="connection failed"):
        post(receiver.address)
