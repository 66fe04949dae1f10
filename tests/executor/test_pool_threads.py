"""Work that is refused is not done."""

import threading

import pytest

from executor.pool.threads import Threads


def refuse_new_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no further thread start, as a system that has none left."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_work_is_done_and_waited_for() -> None:
    done: list[int] = []
    threads = Threads(2, "test")
    for number in range(5):
        threads.begin(done.append, number)
    threads.shutdown()
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_refused_work_is_not_done_by_a_thread_that_was_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    threads, is_begun, may_end = Threads(2, "test"), threading.Event(), threading.Event()

    def first() -> None:
        is_begun.set()
        may_end.wait()

    threads.begin(first)
    is_begun.wait()
    with monkeypatch.context() as patch:
        refuse_new_threads(patch)
        with pytest.raises(RuntimeError, match="start new thread"):
            threads.begin(done.append, "refused")
    may_end.set()
    threads.begin(done.append, "next")
    threads.shutdown()
    assert done == ["next"]


def test_nothing_is_begun_after_the_end() -> None:
    threads = Threads(1, "test")
    threads.shutdown()
    with pytest.raises(RuntimeError):
        threads.begin(print)
