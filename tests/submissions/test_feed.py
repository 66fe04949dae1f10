"""The feed of a run's output: each follower hears all of it, at its own speed."""

import threading

from executor import RunEvent
from submissions.dispatch import feed
from tests.support.present import present
from tests.support.waiting import PATIENCE_SECONDS


def test_slow_reader_gets_merged_events_and_delays_no_other() -> None:
    run = feed.Feed()
    for number in range(1000):
        run.publish(RunEvent(stream="stdout", text=f"{number}\n"))
    run.publish(RunEvent(stream="stderr", text="x"))
    run.end()
    events = [present(event) for event in run.follow()]
    assert [event.name for event in events] == ["stdout", "stderr"]
    assert events[0].text.count("\n") == 1000


def test_followers_of_any_speed_hear_the_same() -> None:
    run, heard = feed.Feed(), []
    followers = [
        threading.Thread(target=lambda: heard.append("".join(e.text for e in run.follow() if e)))
        for _ in range(4)
    ]
    for number in range(2000):
        if number % 500 == 0:
            followers[number // 500].start()
        run.publish(RunEvent(stream="stdout", text=f"{number} "))
    run.end()
    for follower in followers:
        follower.join(PATIENCE_SECONDS)
    assert heard == ["".join(f"{number} " for number in range(2000))] * 4
