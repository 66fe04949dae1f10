"""Sandboxes without a pool: specs to start one, and its state in the engine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.utils import kwargs_from_env

from executor import LANGUAGES, Limits, this_process
from executor.conf import config
from executor.pool.users import UserIds
from executor.sandbox.spec import container_spec

USER_IDS = UserIds(range(FIRST := 2_040_000_000 + 100 * (os.getpid() % 50_000), FIRST + 100))
"""Of this process, and of no pool."""


def make_spec(
    *, instance: str, owner: str | None = None, limits: Limits | None = None, **over: object
) -> dict[str, Any]:
    """Make the spec of a Python sandbox; keyword arguments override the engine's."""
    spec = container_spec(
        LANGUAGES["python"],
        limits or config().limits,
        image=f"{config().image_prefix}-python",
        instance=instance,
        owner=owner or this_process(),
        runtime=config().runtime,
        uid=next(USER_IDS.candidates()),
    )
    return {**spec, **over}


@contextmanager
def engine_client() -> Iterator[APIClient]:
    """Return a client of the engine that is independent of the product."""
    client = APIClient(version="auto", **kwargs_from_env())
    try:
        yield client
    finally:
        client.close()


def inspect(container_id: str) -> dict[str, Any]:
    with engine_client() as client:
        found: dict[str, Any] = client.inspect_container(container_id)
        return found


def processes_of(container: str) -> list[str]:
    """Find the processes of a container on the host, by their cgroup."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cgroup"):
        try:
            if container in file.read_text():
                found.append(file.parent.name)
        except OSError:
            continue
    return found
