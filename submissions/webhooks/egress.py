"""POSTs to addresses that strangers name: only to public ones, and to exactly the one that was checked.

A name is resolved once; the connection goes to what came of that, and TLS is verified against the
name. No redirect is followed, no proxy of the environment asked, and nothing of the answer but its
status leaves this module.
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
"""For each address that a name has, of which ADDRESSES are tried."""
ADDRESSES = 3
ANSWER_SECONDS = 10.0
"""From the connection to the status, however slowly the bytes come."""
ANSWER_BYTES = 4096
"""That are read in search of the status."""
URL_CHARACTERS = 500

PORTS = {"http": 80, "https": 443}
PRINTABLE = re.compile(r"[!-~]+")
AUTHORITY = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE)
FINAL = re.compile(rb"(?:\A|\r\n\r\n)HTTP/1\.[01] ([2-9]\d\d)[ \r\n]")

UNREACHABLE = "The host can't be reached at a public address."
UNCONNECTED = "The connection failed, or what came over it was not HTTP."
UNTRUSTED = "There is no TLS connection that is valid for the host."
SILENT = "There was no answer in time."

# What Python takes for public, or older versions of it do, and is not.
ODD_IPV4 = [ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24")]
# Where IPv6 addresses of hosts are, and what in there leads elsewhere: Teredo and its neighbours,
# documentation, 6to4. NAT64, IPv4-mapped and all local ones are outside.
GLOBAL_IPV6 = ip_network("2000::/3")
ODD_IPV6 = [ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class NotReached(Exception):
    """There was no answer. The message is fit for the one who named the address: whether a name of the
    inside exists, or what listens there, is not told."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart."""

    scheme: str
    host: str
    """Without the brackets of an IPv6 address."""
    port: int
    authority: str
    """As the Host header has it."""
    path: str
    """With the query."""


def target_of(url: str) -> Target:
    """What may be asked for. Raises ValueError with the reason; asks no name server."""
    if len(url) > URL_CHARACTERS:
        raise ValueError(f"The address has more than {URL_CHARACTERS} characters.")
    if not PRINTABLE.fullmatch(url):
        raise ValueError("The address holds characters that have to be encoded (%…, xn--…).")
    parts = urlsplit(url)
    if parts.scheme not in (schemes := _schemes()):
        raise ValueError(f"The address must begin with {' or '.join(schemes)}://.")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("The address must hold neither credentials nor a fragment.")
    if not AUTHORITY.fullmatch(parts.netloc) or not parts.hostname:
        raise ValueError("The address names no host, or a port that is none.")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    if port not in PORTS.values() and port < 1024:
        raise ValueError("The port must be 80, 443, or 1024 and above.")
    if _is_forbidden_literal(parts.hostname):
        raise ValueError(UNREACHABLE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, parts.netloc, path)


def _schemes() -> list[str]:
    return ["https", "http"] if settings.WEBHOOK_ALLOW_HTTP else ["https"]


def _is_forbidden_literal(host: str) -> bool:
    try:
        return not is_allowed(ip_address(host))
    except ValueError:
        return False


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """A public host's, or in a network that the operator allows."""
    if any(address in network for network in settings.WEBHOOK_ALLOW_PRIVATE):
        return True
    if address.version == 6:
        odd = any(address in network for network in ODD_IPV6)
        return address in GLOBAL_IPV6 and address.is_global and not odd
    odd = any(address in network for network in ODD_IPV4)
    return address.is_global and not (address.is_multicast or address.is_reserved or odd)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer. Raises NotReached."""
    try:
        target = target_of(url)
    except ValueError as error:  # the operator's rules have become stricter
        raise NotReached(str(error)) from error
    sock = _connected(target)
    if target.scheme == "https":
        sock = _in_tls(sock, target.host)
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
    """Nothing is connected to if only one of the addresses is not allowed: such a name means no good."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(UNREACHABLE) from error
    if not all(is_allowed(ip_address(address[0])) for *_, address in found):
        raise NotReached(UNREACHABLE)
    return [(family, address) for family, *_, address in found]


def _in_tls(sock: socket.socket, host: str) -> ssl.SSLSocket:
    """The handshake is yet to come: it is to happen where its time is bounded."""
    context = ssl.create_default_context()
    return context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)


@contextmanager
def _ending(sock: socket.socket) -> Iterator[Callable[[], bool]]:
    """Within the block the connection is broken after ANSWER_SECONDS; gives whether it was. A timeout
    of the socket's bounds each of its steps, and there is no end of steps of one byte."""
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
    """Of the answer; provisional ones (1xx) are passed over."""
    head = b""
    while len(head) < ANSWER_BYTES and (piece := sock.recv(ANSWER_BYTES - len(head))):
        head += piece
        if found := FINAL.search(head):
            return int(found[1])
    raise ConnectionError(UNCONNECTED)
