"""Map an address to a client: one rule, for the server's connections and for limits."""

from ipaddress import ip_address, ip_network

LONGEST_ADDRESS = 50
CLIENT_BITS, CUSTOMER_BITS = 64, 48


def share_of(address: str) -> str:
    """Return the client behind an address: of IPv6 the network of 2**64 addresses."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:LONGEST_ADDRESS]
    if known.version == 4:
        return str(known)
    # A dual-stack socket maps IPv4 clients into IPv6; one /64 would hold all of them.
    return str(known.ipv4_mapped or ip_network((known, CLIENT_BITS), strict=False))


def customer_of(client: str) -> str:
    """Return whom a client belongs to: of IPv6 the network of 48 bits, the largest that a provider as a
    rule gives to a customer. It holds 65,536 clients."""
    network, _, bits = client.partition("/")
    if bits != str(CLIENT_BITS):
        return client
    try:
        return str(ip_network((network, CUSTOMER_BITS), strict=False))
    except ValueError:  # a proxy may name anything
        return client
