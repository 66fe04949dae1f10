"""Fail closed: an attack of our own that gets through ends all runs, until it is contained again."""

from collections.abc import Callable
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from executor import ABLATIONS, Check, Closed, EngineUnavailable, admit_any
from executor.admission import gate
from executor.admission.gate import Gate
from executor.experiments import CATALOGUE, Outcome, SelfCheck, selfcheck, start_self_check
from executor.experiments.selfcheck import PROBES
from executor.pool import creation
from executor.sandbox.spec import container_spec
from submissions.audit.models import Action, AuditEntry
from submissions.dispatch.host import note
from tests.support.clients import AsUser
from tests.support.offer import offering
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("self-check")]


@pytest.fixture
def the_gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """This process's, for a test: closed, as a service that has just been started."""
    made = Gate(starts_closed=True)
    monkeypatch.setattr(gate, "gate", lambda: made)
    monkeypatch.setattr("executor.admission.admission.gate", lambda: made)
    monkeypatch.setattr(gate, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(selfcheck, "PAUSE_SECONDS", 0)
    return made


def checker(the_gate: Gate, *slugs: Any, seconds: float = 3600) -> SelfCheck:
    probes = [CATALOGUE[slug] for slug in slugs] or PROBES
    return SelfCheck(the_gate, seconds=seconds, on_change=note, probes=probes)


@pytest.fixture
def sabotage(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Configures sandboxes without a layer, as a mistake would."""

    def without(ablation: Any) -> None:
        def weakened(*args: Any, **kwargs: Any) -> Any:
            return ABLATIONS[ablation].spec_for(container_spec(*args, **kwargs))

        monkeypatch.setattr(creation, "container_spec", weakened)

    return without


@pytest.mark.inline
def test_nothing_runs_before_the_first_check_has_passed(
    the_gate: Gate, alice: User, as_user: AsUser, client: Client
) -> None:
    answer = as_user(alice).run()
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.json()["code"] == "closed"
    health = client.get("/healthz")
    assert health.status_code == 503
    assert health.json()["self_check"]["check"] == "pending"
    assert health.json()["live"] is True


def test_nothing_queued_gets_a_place_before_the_first_check_has_passed(the_gate: Gate) -> None:
    with pytest.raises(Closed), admit_any(lambda: ["alice"], seconds=60):
        pytest.fail("A run could start.")


def test_gate_that_a_failed_check_closed_refuses_without_waiting(
    the_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only before the first check is there something to wait for."""
    monkeypatch.setattr("executor.admission.gate.PATIENCE_SECONDS", 2 * PATIENCE_SECONDS)
    the_gate.close("a layer is missing")
    begin = monotonic()
    with pytest.raises(Closed) as refused:
        the_gate.enter()
    assert monotonic() - begin < PATIENCE_SECONDS
    assert refused.value.retry_after > 1


@pytest.mark.docker
def test_service_opens_when_every_probe_is_contained(
    the_gate: Gate, alice: User, as_user: AsUser, client: Client
) -> None:
    assert checker(the_gate).check() is True
    assert as_user(alice).run().status_code == 200
    eventually(lambda: client.get("/healthz").json()["ready"])  # the engine may take its time
    assert AuditEntry.objects.get().data == {"check": "passed", "reason": ""}


@pytest.mark.docker
def test_check_passes_without_the_probes_of_a_language_that_is_not_offered(the_gate: Gate) -> None:
    assert {probe.language for probe in PROBES} == {"python", "javascript"}
    with offering("python"):
        assert checker(the_gate).check() is True


@pytest.mark.inline
@pytest.mark.docker
@pytest.mark.parametrize(
    ("layer", "slug"),
    [
        ("seccomp", "user-namespace"),
        ("non-root-user", "be-root"),
        ("capabilities", "capabilities"),
        ("tmpfs-size", "disk-fill"),
        ("counted-calls", "listeners"),
    ],
)
def test_layer_missing_from_the_configuration_closes_the_service(
    the_gate: Gate,
    sabotage: Callable[..., None],
    alice: User,
    as_user: AsUser,
    client: Client,
    layer: str,
    slug: str,
) -> None:
    check = checker(the_gate, slug)
    assert check.check() is True
    sabotage(layer)
    assert check.check() is False
    answer = as_user(alice).run()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "15"
    assert f"{slug}: breach" in answer.json()["detail"]
    assert slug in client.get("/healthz").json()["self_check"]["reason"]
    assert AuditEntry.objects.all()[0].data["check"] == "failed"


@pytest.mark.inline
@pytest.mark.docker
def test_service_opens_again_when_the_check_passes(
    the_gate: Gate,
    sabotage: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    alice: User,
    as_user: AsUser,
    staff: User,
) -> None:
    check = checker(the_gate, "be-root")
    assert check.check() is True  # and a slot is ready: as root, none boots
    sabotage("non-root-user")
    assert check.check() is False
    page = as_user(staff).get("/admin/").content.decode()
    assert "Refusing runs</span> be-root: breach" in page
    monkeypatch.setattr(creation, "container_spec", container_spec)
    assert check.check() is True
    assert as_user(alice).run().status_code == 200
    told = [entry.data["check"] for entry in AuditEntry.objects.order_by("sequence")]
    assert told == ["passed", "failed", "passed"]


def test_breach_counts_at_once_and_what_shows_nothing_is_tried_again(
    the_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def problem(self: Any) -> tuple[Outcome, str]:
        tried.append(1)
        return Outcome.BREACH, "be-root: breach"

    monkeypatch.setattr(SelfCheck, "_problem", problem)
    assert checker(the_gate).check() is False
    assert len(tried) == 1
    ends = iter([(Outcome.UNPROVEN, "busy"), None])
    monkeypatch.setattr(SelfCheck, "_problem", lambda self: next(ends))
    assert checker(the_gate).check() is True


def test_engine_that_does_not_answer_closes_the_service(
    the_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr("executor.experiments.drill.execute", gone)
    assert checker(the_gate).check() is False
    assert the_gate.state.reason == "no sandbox is available"
    assert AuditEntry.objects.get().action == Action.SELF_CHECK


def test_repeated_failure_is_reported_once(the_gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SelfCheck, "_problem", lambda self: (Outcome.BREACH, "x: breach"))
    check = checker(the_gate)
    check.check()
    check.check()
    assert AuditEntry.objects.count() == 1


def test_thread_that_has_noted_a_change_holds_no_connection(the_gate: Gate) -> None:
    held = []

    def work() -> None:
        note(the_gate.state)
        held.append(connection.connection)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert AuditEntry.objects.count() == 1
    assert held == [None]


def test_check_that_breaks_has_not_passed(the_gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    the_gate.open()

    def broken(self: Any) -> None:
        raise RuntimeError("a mistake in the check")

    monkeypatch.setattr(SelfCheck, "_problem", broken)
    check = checker(the_gate)
    check.start()
    eventually(lambda: the_gate.state.check is Check.FAILED)
    check.stop()


def test_check_repeats_until_it_is_stopped(the_gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = []
    monkeypatch.setattr(SelfCheck, "_problem", lambda self: checks.append(1))
    check = checker(the_gate, seconds=0.01)
    check.start()
    eventually(lambda: len(checks) > 2)
    check.stop()
    assert the_gate.state.check is Check.PASSED


def test_deployment_may_do_without(client: Client) -> None:
    assert start_self_check(note) is None
    assert client.get("/healthz").json()["self_check"]["check"] == "off"
