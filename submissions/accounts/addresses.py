"""Map an address to a client: one rule, for the server's connections and for limits."""

from ipaddress import ip_address, ip_network

LONGEST_ADDRESS = 50


def share_of(address: str) -> str:
    """Return the client behind an address. A customer has a whole IPv6 network of 2**64 addresses."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:LONGEST_ADDRESS]
    if known.version == 4:
        return str(known)
    # A dual-stack socket maps IPv4 clients into IPv6; one /64 would hold all of them.
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
