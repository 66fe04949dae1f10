"""The border to the Docker engine: its stream format, its deadlines, and its errors as our exceptions."""

import errno
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor import EngineError, EngineUnavailable, ImageMissing
from executor.sandbox import engine
from executor.sandbox.engine import FRAME_HEADER, STDERR, STDOUT, Attachment
from tests.support.sandboxes import make_spec
from tests.support.threads import beside, in_a_new_thread
from tests.support.waiting import PATIENCE_SECONDS


def frame(stream: int, payload: bytes) -> bytes:
    return FRAME_HEADER.pack(stream, len(payload)) + payload


def read_all(attachment: Attachment) -> list[tuple[int, bytes]]:
    received = []
    while (piece := attachment.receive(monotonic() + PATIENCE_SECONDS)) is not None:
        received.append(piece)
    return received


@pytest.fixture
def pair() -> Iterator[tuple[Attachment, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield Attachment(here), there


@settings(deadline=None)  # a busy machine pauses a test
@given(
    frames=st.lists(
        st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary(max_size=50)), max_size=8
    ),
    cuts=st.lists(st.integers(0, 500), max_size=20),
)
def test_frames_survive_being_cut_anywhere(
    frames: list[tuple[Any, bytes]], cuts: list[int]
) -> None:
    wire = b"".join(frame(*one) for one in frames)
    here, there = socket.socketpair()
    attachment = Attachment(here)
    received = []
    with there:
        for start, end in pairwise(sorted({0, len(wire), *(c for c in cuts if c < len(wire))})):
            there.sendall(wire[start:end])
            while not attachment.is_quiet():
                try:
                    received.append(attachment.receive(monotonic() + 0.001))
                except TimeoutError:
                    break
    received += read_all(attachment)
    attachment.close()
    assert received == frames


def test_frames_that_arrive_together_are_separated(pair: tuple[Attachment, socket.socket]) -> None:
    attachment, other = pair
    other.sendall(frame(STDOUT, b"a") + frame(STDERR, b"b" * 60000))
    other.close()
    assert read_all(attachment) == [(STDOUT, b"a"), (STDERR, b"b" * 60000)]


def test_end_within_a_frame_is_the_end(pair: tuple[Attachment, socket.socket]) -> None:
    attachment, other = pair
    other.sendall(frame(STDOUT, b"whole") + frame(STDOUT, b"cut off")[:-1])
    other.close()
    assert read_all(attachment) == [(STDOUT, b"whole")]


def test_deadline_is_kept_in_silence_and_in_a_trickle(
    pair: tuple[Attachment, socket.socket],
) -> None:
    attachment, other = pair
    with pytest.raises(TimeoutError):
        attachment.receive(monotonic() + 0.01)
    other.sendall(FRAME_HEADER.pack(STDOUT, 10))
    with pytest.raises(TimeoutError):
        attachment.receive(monotonic() - 1)
    other.sendall(b"0123456789")
    assert attachment.receive(monotonic() + PATIENCE_SECONDS) == (STDOUT, b"0123456789")


def test_data_that_has_arrived_is_returned_after_the_deadline(
    pair: tuple[Attachment, socket.socket],
) -> None:
    attachment, other = pair
    other.sendall(frame(STDOUT, b"a") + frame(STDERR, b"b" * 60000))
    received = [attachment.receive(monotonic() - 1) for _ in range(2)]
    assert received == [(STDOUT, b"a"), (STDERR, b"b" * 60000)]
    with pytest.raises(TimeoutError):
        attachment.receive(monotonic() - 1)
    other.close()
    assert attachment.receive(monotonic() - 1) is None


def test_closed_attachment_has_no_more_and_can_be_closed_again(
    pair: tuple[Attachment, socket.socket],
) -> None:
    attachment, _ = pair
    attachment.close()
    assert attachment.receive(monotonic() + PATIENCE_SECONDS) is None
    attachment.hang_up()
    attachment.close()


class FailingConnection:
    """A connection to an engine, on which each read fails with this error."""

    def __init__(self, error: OSError) -> None:
        self.error = error

    def fileno(self) -> int:
        return 1

    def settimeout(self, seconds: float) -> None:
        pass

    def recv(self, size: int) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        OSError(errno.EHOSTUNREACH, "No route to host"),
        ssl.SSLError("bad record mac"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_connection_that_fails_has_ended(error: OSError) -> None:
    attachment = Attachment(cast(socket.socket, FailingConnection(error)))
    assert attachment.receive(monotonic() + PATIENCE_SECONDS) is None


@pytest.mark.parametrize("error", [TimeoutError(), BlockingIOError(), ssl.SSLWantReadError()])
def test_connection_without_news_has_not_ended(error: OSError) -> None:
    attachment = Attachment(cast(socket.socket, FailingConnection(error)))
    with pytest.raises(TimeoutError):
        attachment.receive(monotonic())


def test_only_a_silent_open_connection_is_quiet(pair: tuple[Attachment, socket.socket]) -> None:
    attachment, other = pair
    assert attachment.is_quiet()
    other.close()
    assert not attachment.is_quiet()


def test_sending_to_a_closed_connection_is_an_engine_error(
    pair: tuple[Attachment, socket.socket],
) -> None:
    attachment, other = pair
    other.close()
    with pytest.raises(EngineError):
        attachment.send(b"x" * 10_000_000)


def test_what_is_sent_does_not_have_the_time_of_the_last_reader(
    pair: tuple[Attachment, socket.socket],
) -> None:
    """A request with files takes longer than the reader, at the end of the last run, wanted to wait."""
    attachment, other = pair
    content = b"x" * 10_000_000
    with pytest.raises(TimeoutError):
        attachment.receive(monotonic())

    def read() -> int:
        sleep(0.1)
        return sum(map(len, iter(partial(other.recv, 1 << 20), b"")))

    reader, received = beside(read)
    attachment.send(content, seconds=PATIENCE_SECONDS)
    attachment.close()
    reader.join(PATIENCE_SECONDS)
    assert received == [len(content)]


def test_engine_that_is_not_there_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(EngineUnavailable, match="does not answer"):
        in_a_new_thread(engine.information)


@pytest.mark.docker
def test_no_call_looks_for_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads all of os.environ for that. If another thread removed a variable meanwhile, the
    engine seemed to be away, and a container was not removed."""

    def fail(*arguments: object, **named: object) -> None:
        pytest.fail("the environment was read")

    monkeypatch.setattr("requests.sessions.get_environ_proxies", fail)
    monkeypatch.setattr("requests.sessions.get_netrc_auth", fail)
    in_a_new_thread(engine.information)


def test_socket_of_an_engine_that_is_away_is_closed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[socket.socket] = []

    def noted(*arguments: Any) -> socket.socket:
        made.append(real(*arguments))
        return made[-1]

    real = socket.socket
    monkeypatch.setattr(socket, "socket", noted)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(EngineUnavailable):
        in_a_new_thread(engine.information)
    assert made
    assert {one.fileno() for one in made} == {-1}


def test_engine_that_hangs_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "CALL_SECONDS", 0.2)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{tmp_path}/docker.sock")
        server.listen()
        with pytest.raises(EngineUnavailable):
            in_a_new_thread(engine.information)


@pytest.mark.docker
def test_removing_a_container_that_is_gone_is_fine(instance: str) -> None:
    container_id = engine.create(make_spec(instance=instance))
    engine.remove(container_id)
    engine.remove(container_id)
    assert engine.exit_state(container_id) is None


@pytest.mark.docker
def test_call_that_the_engine_refuses_is_an_engine_error(instance: str) -> None:
    with pytest.raises(EngineError, match="refused"):
        engine.create(make_spec(instance=instance, HostConfig={"Memory": 1}))
    with pytest.raises(ImageMissing, match="build_images"):
        engine.image("safe-code-executor-no-such-language")
    with pytest.raises(EngineError):
        engine.start("no-such-container")
    with pytest.raises(EngineError):
        engine.attach("no-such-container")


@pytest.mark.docker
def test_closed_attachment_leaves_nothing_for_the_garbage_collector_to_complain_about() -> None:
    """Its finalizer closes docker's response. From Python 3.13 on, an error there is printed."""
    container = engine.create(make_spec(instance="test-attachment"))
    try:
        attachment = engine.attach(container)
        stream: Any = attachment._stream
        response = stream._response.raw._fp
        attachment.close()
        attachment.close()
        response.close()
    finally:
        engine.remove(container)
