"""Typed readers of environment variables. They refuse invalid values and name the variable."""

import os
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def text(name: str, default: str, *, most: int | None = None) -> str:
    """Read a text of `most` characters, or fewer."""
    value = os.environ.get(name, default)
    if most is not None and len(value) > most:
        raise ImproperlyConfigured(f"{name} has more than {most} characters")
    return value


def items(name: str, default: str) -> list[str]:
    """Read a comma-separated list."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def some_of(name: str, default: str, *, known: Sequence[str]) -> list[str]:
    """Read a comma-separated list of known items."""
    found = items(name, default)
    for item in found:
        if item not in known:
            raise ImproperlyConfigured(f"{name}: {item!r} is not one of {', '.join(known)}")
    return found


def pairs(name: str, default: str) -> dict[str, str]:
    """Read a comma-separated list of name=value."""
    found = dict(item.partition("=")[::2] for item in items(name, default))
    if not all(key and value for key, value in found.items()):
        raise ImproperlyConfigured(f"{name} must be a list of name=value")
    return found


def networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Read comma-separated networks, such as 10.1.0.0/16; an address alone is a network of one."""
    try:
        return [ip_network(item) for item in items(name, default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def origins(name: str, default: str) -> list[str]:
    """Read comma-separated origins, such as https://example.org:8443: exact, without path or wildcard."""
    found = items(name, default)
    for origin in found:
        if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", origin):
            raise ImproperlyConfigured(
                f"{name}: {origin!r} is not an origin such as https://example.org"
            )
    return found


def is_loopback(host: str) -> bool:
    """Report whether a host, by name or address, is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value not in {"yes", "no", "true", "false", "1", "0", "on", "off"}:
        raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no")
    return value in {"yes", "true", "1", "on"}


def choice(name: str, options: tuple[str, ...]) -> str:
    """Read one of the options; the first is the default."""
    value = text(name, options[0])
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(options)}")
    return value


def whole(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name, str(default))
    if not re.fullmatch(r"\d{1,18}", value) or int(value) < least:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number of at least {least}")
    if most is not None and int(value) > most:
        raise ImproperlyConfigured(f"{name}={value!r} is more than {most}")
    return int(value)


def number(name: str, default: float, *, above: float = 0.0) -> float:
    value = text(name, str(default))
    try:
        found = float(value)
    except ValueError:
        found = above
    if not above < found < float("inf"):
        raise ImproperlyConfigured(f"{name}={value!r} is not a number above {above:g}")
    return found


def rate(name: str, default: str) -> str:
    """Read a rate, <number>/<time>, such as 5/5m or 100/h."""
    value = text(name, default)
    if not re.fullmatch(r"[1-9]\d*/([1-9]\d*)?[smhd]", value):
        raise ImproperlyConfigured(f"{name}={value!r} is not a rate such as 5/5m or 100/h")
    return value


def size(name: str, default: str) -> int:
    """Read a number of bytes, with an optional suffix K, M or G (powers of 1024)."""
    value = text(name, default)
    match = re.fullmatch(r"(\d+)([KMG]?)", value)
    if not match or int(match[1]) == 0:
        raise ImproperlyConfigured(f"{name}={value!r} is not a size such as 65536, 64K or 128M")
    return int(match[1]) * UNITS[match[2]]


USER_ID_MAX = 2**31 - 1
"""The largest that runc accepts."""
USER_ID_MIN = 1000
"""Lower ids are the system's own accounts."""


def user_ids(name: str, default: str, *, least: int) -> range:
    """Read a range of user ids, ends included, such as 2000000000-2000999999, of at least `least` ids."""
    value = text(name, default)
    match = re.fullmatch(r"(\d{1,10})-(\d{1,10})", value)
    if not match:
        raise ImproperlyConfigured(f"{name}={value!r} is not a range such as {default}")
    found = range(int(match[1]), int(match[2]) + 1)
    if len(found) < least:
        raise ImproperlyConfigured(f"{name}={value!r} has fewer than {least} ids")
    if found[0] < USER_ID_MIN or found[-1] > USER_ID_MAX:
        raise ImproperlyConfigured(f"{name}={value!r} is not within {USER_ID_MIN}-{USER_ID_MAX}")
    return found


def secret(name: str) -> str | None:
    """Read the variable's value, or the content of the file that NAME_FILE names."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
    return os.environ.get(name)
