"""A stand-in for the resolver of names, with answers that a test chooses."""

import itertools
import socket
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Resolver = Callable[..., list[str]]
"""Takes the addresses of each answer in turn, the last one repeatedly; returns the list of the names
that were asked for, which grows."""


def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Make a function that sets the answers of the resolver."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def answer_with(*answers: Iterable[str]) -> list[str]:
        left = itertools.chain(answers, itertools.repeat(answers[-1]))

        def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            asked.append(host)
            addresses = next(left)
            return [
                found
                for address in addresses
                for found in real(address, port, type=socket.SOCK_STREAM)
            ]

        monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
        return asked

    return answer_with
