"""Places of connections: the share of a client, and that of the customer who may have many clients."""

from dataclasses import dataclass

from submissions.accounts.addresses import customer_of, share_of

CUSTOMERS_PART = 4
"""A network of IPv6 may be a house or a campus, so it has as many places as four of its clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """Limits on connections."""

    connections: int
    per_address: int
    request_seconds: float
    trusted_proxies: int

    @property
    def per_customer(self) -> int:
        """Half of all connections are out of a customer's reach, as they are out of a client's."""
        return max(self.per_address, min(CUSTOMERS_PART * self.per_address, self.connections // 2))


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A connection's place in its client's share; behind a proxy each request has its own."""

    client: str
    customer: str
    """The client itself, except with IPv6. Turns, bodies and unread answers count by customer."""

    @property
    def counted(self) -> set[str]:
        """What holds one connection more with this place."""
        return {self.client, self.customer}


def place_of(client: str) -> Place:
    return Place(client, customer_of(client))


def forwarded_client(headers: dict[str, str], trusted_proxies: int) -> str | None:
    """Read the client's address, as the outermost trusted proxy saw it, from X-Forwarded-For."""
    addresses = [one.strip() for one in headers.get("X_FORWARDED_FOR", "").split(",")]
    return share_of(addresses[-trusted_proxies]) if len(addresses) >= trusted_proxies else None
