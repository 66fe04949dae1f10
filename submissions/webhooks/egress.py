"""POST requests to URLs that strangers choose: only to public addresses, and only to checked ones.

A name is resolved once. The connection goes to an address from that result, and TLS is verified against
the name. This module follows no redirect, uses no proxy of the environment, and returns only the status
of the answer.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_SECONDS = 5.0
"""Connection timeout for each of at most ADDRESSES addresses of a name."""
ADDRESSES = 3
ANSWER_SECONDS = 10.0
"""Total time from the connection to the status, however slowly the bytes arrive."""
ANSWER_BYTES = 4096
"""Most bytes read in search of the status."""
URL_CHARACTERS = 500

PORTS = {"http": 80, "https": 443}
FIRST_UNPRIVILEGED_PORT = 1024
PRINTABLE = re.compile(r"[!-~]+")
AUTHORITY = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE)
FINAL = re.compile(rb"(?:\A|\r\n\r\n)HTTP/1\.[01] ([2-9]\d\d)[ \r\n]")

UNREACHABLE = "The host can't be reached at a public address."
UNCONNECTED = "The connection failed, or the answer was not HTTP."
UNTRUSTED = "The TLS connection failed, or its certificate is not valid for the host."
SILENT = "There was no answer in time."

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))
"""What WEBHOOK_ALLOW_LOOPBACK allows. The rest of 127.0.0.0/8 stays refused."""
NOT_RESOLVED = {"invalid", "onion"}
"""Last parts of names that no name server knows (RFC 6761, RFC 7686)."""
PRIVATE_DOMAINS = {"arpa", "home", "internal", "lan", "local", "test"}
"""Last parts of names that only private networks have."""

# Networks that Python, or an older version of it, wrongly reports as public.
ODD_IPV4 = [ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24")]
# GLOBAL_IPV6 holds the addresses of hosts; ODD_IPV6 are its parts that lead elsewhere: Teredo and its
# neighbours, documentation, 6to4. NAT64, IPv4-mapped and all local addresses are outside GLOBAL_IPV6.
GLOBAL_IPV6 = ip_network("2000::/3")
ODD_IPV6 = [ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class NotReached(Exception):
    """There was no answer. The message is safe to show to the user who chose the URL: it does not
    disclose whether an internal name exists, or what listens there."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL that a request needs."""

    scheme: str
    host: str
    """Without the brackets of an IPv6 address."""
    port: int
    authority: str
    """The value of the Host header."""
    path: str
    """Path and query."""


def target_of(url: str) -> Target:
    """Parse and check a URL, without a name server. Raises ValueError with the reason."""
    if len(url) > URL_CHARACTERS:
        raise ValueError(f"The address has more than {URL_CHARACTERS} characters.")
    if not PRINTABLE.fullmatch(url):
        raise ValueError("The address has characters that must be encoded (%…, xn--…).")
    parts = urlsplit(url)
    if parts.scheme not in (schemes := _schemes(parts.hostname or "")):
        raise ValueError(f"The address must begin with {' or '.join(schemes)}://.")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("The address must have neither credentials nor a fragment.")
    if not AUTHORITY.fullmatch(parts.netloc) or not parts.hostname:
        raise ValueError("The address has no valid host, or an invalid port.")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    if port not in PORTS.values() and port < FIRST_UNPRIVILEGED_PORT:
        raise ValueError("The port must be 80, 443, or 1024 and above.")
    if _never_works(parts.hostname):
        raise ValueError(UNREACHABLE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, parts.netloc, path)


def _schemes(host: str) -> list[str]:
    is_this_machine = settings.WEBHOOK_ALLOW_LOOPBACK and host in THIS_MACHINE
    return ["https", "http"] if settings.WEBHOOK_ALLOW_HTTP or is_this_machine else ["https"]


def _never_works(host: str) -> bool:
    """Report whether the host's text shows that it is not allowed. No name server is asked."""
    if (address := _literal(host)) is not None:
        return not is_allowed(address)
    *above, last = host.lower().rstrip(".").split(".")
    if last == "localhost":
        return not is_allowed(LOOPBACK[0])
    # With private networks, the operator's own name server may know such names.
    is_private = not above or last in PRIVATE_DOMAINS
    return last in NOT_RESOLVED or (is_private and not settings.WEBHOOK_ALLOW_PRIVATE)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host stands for, also in the old forms that resolvers read (0x7f.1)."""
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError):
        return ip_address(socket.inet_aton(host.rstrip(".")))
    return None


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Report whether an address is a public host's, or in a network that the operator allows."""
    if any(address in network for network in settings.WEBHOOK_ALLOW_PRIVATE):
        return True
    if settings.WEBHOOK_ALLOW_LOOPBACK and address in LOOPBACK:
        return True
    if address.version == 6:
        odd = any(address in network for network in ODD_IPV6)
        return address in GLOBAL_IPV6 and address.is_global and not odd
    odd = any(address in network for network in ODD_IPV4)
    return address.is_global and not (address.is_multicast or address.is_reserved or odd)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the body and return the status of the answer. Raises NotReached."""
    try:
        target = target_of(url)
    except ValueError as error:  # the operator's rules are stricter by now
        raise NotReached(str(error)) from error
    sock = _connected(target)
    if target.scheme == "https":
        try:
            sock = _in_tls(sock, target.host)
        except OSError as error:
            sock.close()
            raise NotReached(UNCONNECTED) from error
    with sock, _ending(sock) as is_over:
        try:
            return _exchange(sock, target, body, headers)
        except OSError as error:
            raise NotReached(_reason(error, is_over())) from error


def _reason(error: OSError, is_over: bool) -> str:
    if is_over or isinstance(error, TimeoutError):
        return SILENT
    return UNTRUSTED if isinstance(error, ssl.SSLError) else UNCONNECTED


def _connected(target: Target) -> socket.socket:
    for family, address in _resolved(target)[:ADDRESSES]:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(CONNECT_SECONDS)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
        else:
            return sock
    raise NotReached(UNCONNECTED)


def _resolved(target: Target) -> list[tuple[socket.AddressFamily, Any]]:
    """Resolve the name. One forbidden address refuses the whole name, which looks like an attack."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(UNREACHABLE) from error
    if not all(is_allowed(ip_address(address[0])) for *_, address in found):
        raise NotReached(UNREACHABLE)
    return [(family, address) for family, *_, address in found]


def _in_tls(sock: socket.socket, host: str) -> ssl.SSLSocket:
    """Wrap the socket without a handshake: _exchange does that, where time is bounded. Raises OSError if
    the host has reset the connection."""
    context = ssl.create_default_context()
    sock.getpeername()  # it finds that out, too; wrap_socket would then leave a socket open
    return context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _ending(sock: socket.socket) -> Iterator[Callable[[], bool]]:
    """Break the connection if the block takes ANSWER_SECONDS; yield a function that reports whether this
    has happened. The socket's own timeout bounds each read only, and a read may return one byte."""
    over = threading.Event()

    def end() -> None:
        over.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not TLS's, which is not thread-safe

    timer = threading.Timer(ANSWER_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
        timer.join()


def _exchange(sock: socket.socket, target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    sock.settimeout(ANSWER_SECONDS)
    if isinstance(sock, ssl.SSLSocket):
        sock.do_handshake()
    connection = HTTPConnection(target.host, target.port)
    connection.sock = sock
    connection.request("POST", target.path, body, {**headers, "Host": target.authority})
    return _status(sock)


def _status(sock: socket.socket) -> int:
    """Read the status of the answer; skip provisional ones (1xx)."""
    head = b""
    while len(head) < ANSWER_BYTES and (piece := sock.recv(ANSWER_BYTES - len(head))):
        head += piece
        if found := FINAL.search(head):
            return int(found[1])
    raise ConnectionError(UNCONNECTED)
