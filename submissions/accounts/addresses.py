"""Which client an address stands for: one rule, for the server's connections and for limits."""

from ipaddress import ip_address, ip_network

LONGEST_ADDRESS = 50


def share_of(address: str) -> str:
    """Name the client that an address stands for: a customer's IPv6 addresses are a network of 2**64."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:LONGEST_ADDRESS]
    if known.version == 4:
        return str(known)
    # A dual-stack socket names an IPv4 client so; as an IPv6 network it would be all of them.
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
