"""Calls the Docker engine: the only module that does while code runs.

It translates the engine's errors into ours. A client is not thread-safe, so each thread has its own. Each
call has a deadline: an engine that hangs counts as one that does not answer.
"""

import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from socket import SocketIO
from time import monotonic, sleep
from typing import Any

import requests
from docker import APIClient
from docker.errors import (
    APIError,
    DockerException,
    ImageNotFound,
    NotFound,
    create_api_error_from_http_exception,
)
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool
from docker.utils import kwargs_from_env

from ..errors import EngineError, EngineUnavailable, ImageMissing, NameTaken

UPDATE_SECONDS = 3.0
"""Deadline of a change of limits for which a run's end waits."""
CALL_SECONDS = 30
"""Deadline of one call to the engine: far more than a loaded one needs (a start takes 0.1 s)."""

REMOVAL_PAUSES = (0.02, 0.1, 0.5, 2.0, 5.0)
"""Seconds between attempts to remove a container that is ending."""
CONFLICT, SERVER_ERROR = 409, 500

STDOUT, STDERR = 1, 2
FRAME_HEADER = struct.Struct(">BxxxL")
"""Docker's stream format: stream, three zero bytes, size of the payload, big-endian."""
RECEIVE_BYTES = 64 * 1024

_local = threading.local()


class Client(APIClient):
    """A client that ignores proxies and .netrc: none is between us and the engine. Looking for them takes
    time at each call, and fails if another thread changes os.environ meanwhile."""

    # The library's constructor would set it, and then ask the engine for its version.
    trust_env = property(lambda self: False, lambda self, value: None)

    def mount(self, prefix: str | bytes, adapter: Any) -> None:
        if isinstance(adapter, UnixHTTPAdapter):
            adapter = _OnePool(adapter.socket_path, adapter.timeout)
        super().mount(prefix, adapter)


class _Connection(UnixHTTPConnection):
    def connect(self) -> None:
        """Connect. If nobody listens, docker's own leaves an open socket to the collection of garbage."""
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(self.timeout)
            made.connect(self.unix_socket)
        except BaseException:
            made.close()
            raise
        self.sock = made


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        seconds: Any = self.timeout
        return _Connection(self.base_url, self.socket_path, seconds)


class _OnePool(UnixHTTPAdapter):
    """One pool of connections for all addresses. docker's own adapter keeps a pool for each address, and
    each container has its own addresses: no connection would be reused, and dozens would stay open."""

    def get_connection(self, url: str | bytes, proxies: object = None) -> Any:
        pool = self.pools.get("every address")
        if pool is None:
            pool = _Pool(
                "every address", self.socket_path, self.timeout, maxsize=self.max_pool_size
            )
            self.pools["every address"] = pool
        return pool


def _client() -> APIClient:
    if not hasattr(_local, "client"):
        with _translated():
            _local.client = Client(version="auto", timeout=CALL_SECONDS, **kwargs_from_env())
    client_of_this_thread: APIClient = _local.client
    return client_of_this_thread


@contextmanager
def _translated() -> Iterator[None]:
    """Translate the exceptions of the engine and of the transport into ours."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageMissing(f"{error.explanation}; run `manage.py build_images`") from error
    except APIError as error:
        raise EngineError(f"the Docker engine refused: {error.explanation or error}") from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise EngineUnavailable(f"the Docker engine does not answer: {error}") from error


def is_on_this_machine() -> bool:
    """Whether the engine is behind a unix socket, not a network. Raises EngineError."""
    client = _client()
    return isinstance(client.get_adapter(client.base_url), UnixHTTPAdapter)


def ping() -> None:
    """Call the engine. Raises EngineError if it does not answer."""
    with _translated():
        _client().ping()


class Attachment:
    """The standard streams of one container over one connection.

    One thread reads; another may call `send` and `close`.
    """

    def __init__(self, stream: SocketIO | socket.socket) -> None:
        self._stream = stream  # docker's view of the connection (over TLS, the connection itself)
        self._connection: socket.socket = getattr(stream, "_sock", stream)  # type: ignore[arg-type]
        self._received = bytearray()

    def send(self, data: bytes, *, seconds: float | None = None) -> None:
        """Write to the container's stdin. Raises EngineError if it is closed, or not read in time.

        `seconds` bounds it, where no other thread reads meanwhile. Without it, what the reader set does.
        """
        with _translated():
            if seconds is not None:
                self._connection.settimeout(seconds)
            self._connection.sendall(data)

    def receive(self, deadline: float) -> tuple[int, bytes] | None:
        """Read the next piece of output as (STDOUT or STDERR, bytes); None when there is no more.

        Raises TimeoutError if no piece is complete at `deadline` (a time of the monotonic clock). A
        late caller still gets pieces that have arrived, so a caller who reads until the deadline needs
        another bound too.
        """
        while (frame := self._take_frame()) is None:
            if not (chunk := self._receive_bytes(deadline)):
                return None
            self._received += chunk
        return frame

    def _receive_bytes(self, deadline: float) -> bytes:
        """Read at least one byte; none at the end of the stream. Do not wait after the deadline.

        A connection that fails has ended, in whatever way: over a network there are many.
        """
        if self._connection.fileno() < 0:
            return b""  # closed from here
        try:
            self._connection.settimeout(max(0.0, deadline - monotonic()))
            return self._connection.recv(RECEIVE_BYTES)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            raise TimeoutError from None
        except OSError:
            return b""

    def _take_frame(self) -> tuple[int, bytes] | None:
        if len(self._received) < FRAME_HEADER.size:
            return None
        stream, size = FRAME_HEADER.unpack_from(self._received)
        end = FRAME_HEADER.size + size
        if len(self._received) < end:
            return None
        payload = bytes(self._received[FRAME_HEADER.size : end])
        del self._received[:end]
        return stream, payload

    def is_quiet(self) -> bool:
        """Whether there is nothing to read, not even the end of the stream: so with an idle sandbox."""
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        return not self._received and not poll.poll(0)

    def hang_up(self) -> None:
        """End the container's stdin. Its output can still be received."""
        with suppress(OSError):  # the other side was first
            self._connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End both directions; repeated calls are fine. The objects share a descriptor, which closes with
        the last. Left to itself, docker's response would keep the stream in a reference cycle until
        garbage collection, and from Python 3.13 on complain there that the stream is closed."""
        with suppress(OSError):  # the other side was first
            self._connection.shutdown(socket.SHUT_RDWR)
        if response := getattr(self._stream, "_response", None):
            response.raw.close()
        self._connection.close()
        self._stream.close()


def create(spec: dict[str, Any]) -> str:
    """Create a container and return its id. Raises NameTaken if one has the spec's name."""
    arguments = {key: value for key, value in spec.items() if key != "name"}
    with _translated():
        try:
            made = _client().create_container_from_config(arguments, name=spec.get("name"))
        except APIError as error:
            if error.status_code == CONFLICT:
                raise NameTaken(str(error.explanation or error)) from error
            raise
        container_id: str = made["Id"]
        return container_id


def attach(container_id: str) -> Attachment:
    """Connect to a container before its start, so that no output is missed."""
    with _translated():
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        return Attachment(_client().attach_socket(container_id, params=streams))


def start(container_id: str) -> None:
    with _translated():
        _client().start(container_id)


def lower(container_id: str, *, memory_bytes: int, processes: int) -> None:
    """Lower the limits of a running container's cgroups.

    cgroup v1 refuses a memory limit below what is in use; v2 kills for memory, as at any limit.
    """
    _update(
        container_id,
        {"Memory": memory_bytes, "MemorySwap": memory_bytes, "PidsLimit": processes},
    )


def give_all_processors(container_id: str) -> None:
    """Let a running container use all processors, and forgive what it has used beyond its share.

    Since Linux 6.18 a process that exceeds the share is stopped only when it leaves the kernel. Long
    system calls run up a debt, for which all processes of the container then wait.
    """
    _update(container_id, {"NanoCpus": _processors() * 10**9}, seconds=UPDATE_SECONDS)


@cache
def _processors() -> int:
    return int(information()["NCPU"])


def _update(container_id: str, limits: dict[str, int], seconds: float = CALL_SECONDS) -> None:
    """Change limits. docker's own function does not take all of them."""
    with _translated():
        client = _client()
        address = f"{client.base_url}/v{client.api_version}/containers/{container_id}/update"
        response = client.post(address, json=limits, timeout=seconds)
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            create_api_error_from_http_exception(error)


def remove(container_id: str, *, pauses: tuple[float, ...] = REMOVAL_PAUSES) -> None:
    """Kill and remove a container; one that is gone is fine.

    There is no stop before it: a stop waits 10 s for a PID 1 that may ignore SIGTERM. The engine refuses
    (409) while another call removes the container. It fails (500) if the container ends between its two
    checks whether it runs (cleanupContainer() and Kill() in moby's daemon), or if files are still busy.
    Neither lasts, so try again after each of the pauses, in seconds.
    """
    with _translated():
        for pause in (*pauses, None):
            try:
                _client().remove_container(container_id, force=True, v=True)
            except NotFound:
                return
            except APIError as error:
                status = error.status_code or 0
                if pause is None or (status != CONFLICT and status < SERVER_ERROR):
                    raise
                sleep(pause)
            else:
                return


def first_process(container_id: str) -> int:
    """Look up the process id of a running container's PID 1 on the engine's machine."""
    with _translated():
        return int(_client().inspect_container(container_id)["State"]["Pid"])


def exit_state(container_id: str) -> dict[str, Any] | None:
    """Read the engine's view of an ended container (ExitCode, OOMKilled, …); None if it is gone."""
    with _translated():
        try:
            state: dict[str, Any] = _client().inspect_container(container_id)["State"]
        except NotFound:
            return None
        return state


def containers(label: str) -> list[dict[str, Any]]:
    """List all containers with the label ("name=value"), created and dead ones too: Id, Labels, …"""
    with _translated():
        found: list[dict[str, Any]] = _client().containers(all=True, filters={"label": label})
        return found


def create_internal_network(name: str, *, labels: dict[str, str]) -> str:
    """Create a bridge that leads nowhere and return its id."""
    with _translated():
        network_id: str = _client().create_network(name, internal=True, labels=labels)["Id"]
        return network_id


def remove_network(network_id: str) -> None:
    """Remove a network; one that is gone is fine. Raises EngineError if it is in use."""
    with _translated(), suppress(NotFound):
        _client().remove_network(network_id)


def networks(label: str) -> list[dict[str, Any]]:
    """List all networks with the label ("name=value"): Id, Labels, …"""
    with _translated():
        found: list[dict[str, Any]] = _client().networks(filters={"label": label})
        return found


def image(name: str) -> dict[str, Any]:
    """Read the engine's data about an image: Id, labels, … Raises ImageMissing."""
    with _translated():
        found: dict[str, Any] = _client().inspect_image(name)
        return found


def memory_bytes(container_id: str) -> int:
    """Read the memory that a container's cgroup charges, without page cache that can be dropped."""
    memory = _statistics(container_id)["memory_stats"]
    cache = memory["stats"].get("total_inactive_file", memory["stats"].get("inactive_file", 0))
    return int(memory["usage"]) - int(cache)


def cpu_ms(container_id: str) -> float:
    """Read the CPU time that all processes of a container have used so far."""
    return float(_statistics(container_id)["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e6


def _statistics(container_id: str) -> dict[str, Any]:
    with _translated():
        found: dict[str, Any] = _client().stats(container_id, stream=False)
        return found


def information() -> dict[str, Any]:
    """Read the engine's data about itself (`docker info`)."""
    with _translated():
        info: dict[str, Any] = _client().info()
        return info
