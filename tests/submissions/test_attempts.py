"""Limited attempts: exact over threads and processes, and returned if they do not count."""

import subprocess
import sys
import time

import pytest
from django.db import connection

from submissions.accounts.attempts import Limit, Rate, TooManyAttempts, counted
from submissions.accounts.models import Attempts

LIMIT = Limit("test", "somebody", Rate(3, 60))


class Clock:
    """A clock that moves only when it is set."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    monotonic = time


@pytest.mark.django_db
class TestAttempts:
    def test_released_attempts_do_not_count(self) -> None:
        for _ in range(10):
            with counted(LIMIT) as attempt:
                attempt.release()
        assert Attempts.objects.get().counted == 0

    def test_attempt_that_raises_counts(self) -> None:
        with pytest.raises(ZeroDivisionError), counted(LIMIT):
            raise ZeroDivisionError
        assert Attempts.objects.get().counted == 1

    def test_refused_attempt_counts_against_none_of_its_limits(self) -> None:
        other = Limit("test", "other", Rate(9, 60))
        for _ in range(3):
            with counted(LIMIT):
                pass
        with pytest.raises(TooManyAttempts), counted(other, LIMIT):
            pytest.fail("It was let through.")
        row = Attempts.objects.get(key=other.key)
        assert (row.counted, row.under_way) == (0, 0)

    @pytest.mark.parametrize("began", [1000.0, 1000.001, 1000.5, 1000.999])
    def test_attempt_passes_after_the_time_to_wait(
        self, began: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock(began)
        monkeypatch.setattr("submissions.accounts.attempts.time", clock)
        for _ in range(3):
            with counted(LIMIT):
                clock.now += 0.3
        with pytest.raises(TooManyAttempts) as refused, counted(LIMIT):
            pytest.fail("It was let through.")
        assert refused.value.wait == 60  # of which 0.9 s are over
        clock.now += refused.value.wait
        with counted(LIMIT):
            pass

    def test_rows_of_the_past_are_cleared_away(self) -> None:
        Attempts.objects.create(key="old", under_way=1, counted=9, expires=1)
        with counted(LIMIT):
            pass
        assert not Attempts.objects.filter(key="old").exists()

    def test_place_that_a_killed_process_held_is_free_in_the_next_window(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("submissions.accounts.attempts.PATIENCE_SECONDS", 0.2)
        Attempts.objects.create(key=LIMIT.key, under_way=3, counted=0, expires=time.time() + 60)
        with pytest.raises(TooManyAttempts), counted(LIMIT):
            pytest.fail("It was let through.")
        Attempts.objects.update(expires=time.time())
        with counted(LIMIT):
            pass

    def test_late_outcome_does_not_touch_the_next_window(self) -> None:
        with counted(LIMIT):
            Attempts.objects.update(expires=1)
            with counted(LIMIT) as attempt:
                attempt.release()
        assert (Attempts.objects.get().counted, Attempts.objects.get().under_way) == (0, 0)


GUESSES = """
import sys
from concurrent.futures import ThreadPoolExecutor
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from submissions.accounts.attempts import Limit, Rate, TooManyAttempts, counted

def guess(_):
    try:
        with counted(Limit("guess", "1", Rate(50, 86400))):
            return 1
    except TooManyAttempts:
        return 0

with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(guess, range(100))))
"""


@pytest.mark.django_db(transaction=True)
def test_attempts_are_exact_over_threads_and_processes() -> None:
    """400 guesses by four processes of eight threads against 50 allowed."""
    command = [sys.executable, "-c", GUESSES, str(connection.settings_dict["NAME"])]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sum(int(process.communicate()[0]) for process in processes) == 50


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5/5m", Rate(5, 300)),
        ("1/s", Rate(1, 1)),
        ("100/h", Rate(100, 3600)),
        ("2/3d", Rate(2, 259200)),
    ],
)
def test_rate_is_read(text: str, rate: Rate) -> None:
    assert Rate.of(text) == rate


@pytest.mark.parametrize("text", ["", "5", "5/", "/5m", "5/5", "5/5m/ip", "-1/m", "x/m", "5/m,5/m"])
def test_invalid_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        Rate.of(text)
