"""Who a client is: an address, or of IPv6 a network; and the customer who has many of these networks."""

import pytest

from config.serving.places import ConnectionBounds, forwarded_client
from submissions.accounts.addresses import customer_of, share_of
from tests.support.connecting import MEGABYTE, answer_of, connect, serving
from tests.support.waiting import eventually

FROM = b"POST / HTTP/1.1\r\nX-Forwarded-For: 2001:db8:%x:%x::1\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    ("header", "proxies", "client"),
    [
        ("192.0.2.1", 1, "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1", 1, "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.0.0.1", 2, "192.0.2.1"),
        ("192.0.2.1", 2, None),
    ],
)
def test_forwarded_address_is_the_one_that_a_trusted_proxy_saw(
    header: str, proxies: int, client: str | None
) -> None:
    assert forwarded_client({"X_FORWARDED_FOR": header}, proxies) == client


@pytest.mark.parametrize(
    ("address", "share"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "nonsense"),
    ],
)
def test_share_of_an_ipv6_customer_is_the_network(address: str, share: str) -> None:
    assert share_of(address) == share


@pytest.mark.parametrize(
    ("client", "customer"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::/64", "2001:db8:1::/48"),
        ("nonsense", "nonsense"),
        ("nonsense/64", "nonsense/64"),
        ("", ""),
    ],
)
def test_customer_of_ipv6_has_many_clients(client: str, customer: str) -> None:
    assert customer_of(client) == customer


@pytest.mark.parametrize(
    ("connections", "per_address", "most"), [(4000, 300, 1200), (1000, 300, 500), (1, 1, 1)]
)
def test_customer_has_four_shares_and_at_most_half_of_all(
    connections: int, per_address: int, most: int
) -> None:
    numbers = {"connections": connections, "per_address": per_address}
    assert ConnectionBounds(**numbers, request_seconds=1, trusted_proxies=0).per_customer == most


def test_customer_with_many_networks_has_the_connections_of_four_and_others_have_theirs() -> None:
    """A network of 64 bits for each connection would be a client for each."""
    with serving(trusted_proxies=1, per_address=2) as server:
        held = [connect(server, begin=FROM % (1, n, 99)) for n in range(8)]
        eventually(lambda: server.held["2001:db8:1::/48"] == 8)
        status, body = answer_of(connect(server, begin=FROM % (1, 99, 99)))
        assert (status, body["code"]) == (429, "too_many_connections")
        held.append(connect(server, begin=FROM % (2, 1, 99)))
        eventually(lambda: server.held["2001:db8:2:1::/64"] == 1)
        for one in held:
            one.close()
        eventually(lambda: not server.held)


def test_each_network_of_a_customer_has_no_more_than_a_client() -> None:
    with serving(trusted_proxies=1, per_address=2) as server:
        held = [connect(server, begin=FROM % (1, 1, 99)) for _ in range(2)]
        eventually(lambda: server.held["2001:db8:1:1::/64"] == 2)
        assert answer_of(connect(server, begin=FROM % (1, 1, 99)))[0] == 429
        held.append(connect(server, begin=FROM % (1, 2, 99)))
        eventually(lambda: server.held["2001:db8:1::/48"] == 3)
        # Turns for a thread and unread answers count by this.
        clients = [one.client for one in server.active_channels.values() if one.place]
        assert clients == ["2001:db8:1::/48"] * 3


def test_clients_that_connect_by_themselves_are_counted_by_customer_too() -> None:
    with serving(per_address=1) as server:
        server.held["2001:db8:1::/48"] = 4
        assert server._is_full_for(share_of("2001:db8:1:9::1"))
        assert not server._is_full_for(share_of("2001:db8:2:9::1"))


def test_bodies_of_a_customer_fill_the_part_of_one_client() -> None:
    """Four networks of 64 bits would have all memory."""
    begin = b"x" * (MEGABYTE - 10)
    with serving(trusted_proxies=1) as server:
        for number in range(20):
            connect(server, begin=FROM % (1, number, MEGABYTE) + begin)
        eventually(lambda: server.bodies.kept > 15 * MEGABYTE)
        assert server.bodies.kept <= 16 * MEGABYTE
        other = connect(server, begin=FROM % (2, 1, MEGABYTE) + b"x" * MEGABYTE)
        assert answer_of(other) == (200, MEGABYTE)
