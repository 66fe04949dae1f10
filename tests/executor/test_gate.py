"""The gate that a self-check opens and closes: the state alone. test_self_check.py has the service."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from executor import Busy, Check, Closed
from executor.admission import admission
from executor.admission import gate as module
from executor.admission.admission import Admission
from executor.admission.gate import Gate, gate
from executor.conf import config
from tests.support.waiting import eventually


def refused(made: Gate) -> Closed:
    with pytest.raises(Closed) as refusal:
        made.enter()
    return refusal.value


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0)


def test_gate_without_checks_is_open() -> None:
    made = Gate(starts_closed=False)
    made.enter()
    assert (made.state.check, made.state.is_open) == (Check.OFF, True)


@pytest.mark.usefixtures("_impatient")
def test_gate_is_closed_until_the_first_check_has_passed() -> None:
    made = Gate(starts_closed=True)
    assert refused(made).retry_after == 1
    assert (made.state.check, made.state.is_open) == (Check.PENDING, False)
    assert made.open()
    made.enter()
    assert made.state.check is Check.PASSED


def test_run_waits_for_the_first_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 60)
    made = Gate(starts_closed=True)
    with ThreadPoolExecutor(1) as threads:
        entered = threads.submit(made.enter)
        made.open()
        entered.result(60)


def test_failed_check_closes_the_gate_with_its_reason() -> None:
    made = Gate(starts_closed=False)
    assert made.close("a layer is missing")
    error = refused(made)
    assert "a layer is missing" in str(error)
    assert error.retry_after == 15
    assert made.state.check is Check.FAILED


def test_only_changes_are_reported() -> None:
    made = Gate(starts_closed=True)
    assert [made.open(), made.open()] == [True, False]
    assert [made.close("a"), made.close("a"), made.close("b")] == [True, False, True]
    assert made.open()


def test_state_dates_from_its_last_change_and_remembers_the_last_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Gate(starts_closed=True)
    changes: list[Callable[[], bool]] = [made.open, made.open, partial(made.close, "a")]
    for now, change in enumerate(changes, start=1):
        monkeypatch.setattr(module, "time", lambda now=now: float(now))
        change()
        assert made.state.checked == now
    assert (made.state.since, made.state.passed) == (3.0, 2.0)
    monkeypatch.setattr(module, "time", lambda: 4.0)
    made.close("a")
    assert (made.state.since, made.state.checked) == (3.0, 4.0)


@pytest.mark.parametrize(("seconds", "check"), [(0, Check.OFF), (1, Check.PENDING)])
def test_gate_of_a_process_is_closed_at_first_if_it_checks_itself(
    monkeypatch: pytest.MonkeyPatch, seconds: int, check: Check
) -> None:
    made = replace(config(), self_check_seconds=seconds)
    monkeypatch.setattr(module, "config", lambda: made)
    assert gate.make().state.check is check


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Give this process one place, and a gate that waits for its first check."""
    made = Gate(starts_closed=True)
    places = Admission(places=1, waiting=0, seconds=0)
    monkeypatch.setattr(admission, "gate", lambda: made)
    monkeypatch.setattr(admission, "admission", lambda: places)
    return made


def test_who_waits_for_the_first_check_holds_a_place(
    one_place: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each caller would hold a thread of the server, however many come after a start."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 60)
    entered = threading.Event()

    def enter() -> None:
        with admission.admit(1):
            entered.set()

    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(enter)
        eventually(lambda: admission.held_by(1) == 1)
        with pytest.raises(Busy), admission.admit(2):
            pass
        assert not entered.is_set()
        one_place.open()
        waits.result(60)
    assert entered.is_set()


def test_failed_check_refuses_before_a_place_is_free(one_place: Gate) -> None:
    one_place.open()
    with admission.admit(1):
        one_place.close("a layer is missing")
        with pytest.raises(Closed), admission.admit(2):
            pass
