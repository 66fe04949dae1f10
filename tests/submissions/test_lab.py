"""Runs of the lab: under the rules of every run, and marked where a layer is weakened."""

import html
import importlib
import re
from dataclasses import asdict
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from pytest_django import Settings

from executor import Closed
from executor.experiments.report import attempts_in
from executor.sandbox import spec
from submissions.lifecycle.models import Submission
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.lab import attack, finding, page_of, run, run_as_json
from tests.support.slots import skip_without_slots

pytestmark = pytest.mark.django_db

make_group = importlib.import_module("submissions.migrations.0058_group_that_may_weaken").make
NASTY = "<script>alert(1)</script>\x1b[31m\u202e"


@pytest.fixture
def teacher(bob: User) -> User:
    bob.user_permissions.add(Permission.objects.get(codename="run_weakened"))
    return bob


def test_other_methods_are_refused(client: Client) -> None:
    assert client.options("/lab/memory-bomb/").status_code == 405


def test_running_needs_an_account(client: Client) -> None:
    assert run(client, "memory-bomb").status_code in {401, 403}
    assert not Submission.objects.exists()


def test_running_needs_the_forms_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert run(client, "memory-bomb").status_code == 403
    assert not Submission.objects.exists()


@pytest.mark.docker
def test_run_is_a_submission_and_names_what_stopped_it(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    answer = run(client, "memory-bomb")
    submission = Submission.objects.get()
    assert answer["Location"] == f"/lab/runs/{submission.pk}/"
    assert (submission.user, submission.experiment, submission.ablation) == (
        alice,
        "memory-bomb",
        "",
    )
    assert (submission.outcome, submission.verdict) == ("contained", "memory_limit_exceeded")
    page = page_of(client, answer["Location"])
    sentence = "Contained by the memory limit: the kernel killed a process at 128 MiB."
    assert page.count(sentence) == 1
    assert "memory_limit_exceeded" in page
    assert 'class="place lit" data-layer="memory-cgroup"' in page
    detail = client.get(f"/api/submissions/{submission.pk}/").json()
    assert (detail["experiment"], detail["outcome"]) == ("memory-bomb", "contained")


@pytest.mark.docker
def test_weakened_run_is_marked_everywhere(teacher: User, staff: User, as_user: AsUser) -> None:
    client = as_user(teacher)
    page = client.get(
        run(client, "environment", ablation="environment")["Location"]
    ).content.decode()
    submission = Submission.objects.get()
    assert (submission.ablation, submission.outcome) == ("environment", "breach")
    assert "Weakened run." in page
    assert "The attack succeeded: “read a secret”" in page
    assert 'class="place missing" data-layer="environment"' in page
    assert client.get("/api/submissions/").json()["results"][0]["ablation"] == "environment"
    assert client.get(f"/api/submissions/{submission.pk}/").json()["ablation"] == "environment"
    assert "<td>Clean environment</td>" in page_of(client, "/lab/environment/")
    admin = as_user(staff)
    for address in ("", f"{submission.pk}/change/", "?weakened=yes"):
        page = admin.get(f"/admin/submissions/submission/{address}").content.decode()
        assert "environment" in page
        assert "Breach" in page


@pytest.mark.docker
def test_layer_of_nested_sandboxes_is_weakened_in_a_slot(teacher: User, as_user: AsUser) -> None:
    skip_without_slots()
    client = as_user(teacher)
    answer = run(client, "dead-drop", ablation="nested-times")
    submission = Submission.objects.get()
    assert (submission.outcome, submission.lane, submission.run_number) == ("breach", "slot", 2)
    page = page_of(client, answer["Location"])
    assert "Frozen times: the container&#x27;s devices are not read-only." in page
    assert "a touched device" in page
    assert "<td>Frozen times</td>" in page_of(client, "/lab/dead-drop/")


@pytest.mark.docker
def test_machine_that_makes_no_nested_sandboxes_says_so_where_a_layer_of_theirs_is_left_out(
    teacher: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel may forbid them. Here the filter does, which other containers have."""
    for profile in ("SLOT_PROFILE", "FORKING_PROFILE"):
        monkeypatch.setattr(spec, profile, spec.SECCOMP_PROFILE)
    answer = run(as_user(teacher), "dead-drop", ablation="nested-times")
    submission = Submission.objects.get()
    assert submission.verdict == "internal_error"
    assert submission.error.startswith("This site's machine makes no nested sandboxes (")
    assert "Operation not permitted" in submission.error
    assert answer.status_code == 503
    assert "makes no nested sandboxes" in answer.content.decode()


def test_layer_of_nested_sandboxes_is_offered_to_attacks_on_it_only(
    teacher: User, as_user: AsUser
) -> None:
    client = as_user(teacher)
    assert '<option value="nested-times">' in page_of(client, "/lab/dead-drop/")
    assert "nested-" not in page_of(client, "/lab/swap/").partition("</select>")[0]
    assert run(client, "swap", ablation="nested-times").status_code == 400
    assert run(client, "dead-drop", ablation="slot").status_code == 400
    assert not Submission.objects.exists()


def test_limit_to_weaken_says_the_value_and_the_usual_one(teacher: User, as_user: AsUser) -> None:
    page = page_of(as_user(teacher), "/lab/memory-bomb/")
    assert "Memory limit: 512 MiB instead of 128 MiB" in page
    assert "Wall clock: stays at 10 s" in page
    page = page_of(as_user(teacher), "/lab/infinite-loop/")
    assert "Wall clock: 4 s instead of 1.5 s" in page


def test_user_without_the_permission_cannot_weaken(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    page = page_of(client, "/lab/be-root/")
    assert '<select id="ablation" name="ablation" disabled aria-describedby="not-allowed">' in page
    assert "add you to the group “Lab: may weaken”" in page
    answer = run(client, "be-root", ablation="non-root-user")
    assert answer.status_code == 403
    assert "The attack did not run" in answer.content.decode()
    answer = run_as_json(client, "be-root", ablation="non-root-user")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert not Submission.objects.exists()


def test_member_of_the_group_that_may_weaken_can_choose_a_layer(bob: User, as_user: AsUser) -> None:
    make_group(apps, None)  # again: a test with transactions empties all tables
    bob.groups.add(Group.objects.get(name="Lab: may weaken"))
    page = page_of(as_user(bob), "/lab/be-root/")
    assert '<select id="ablation" name="ablation">' in page
    assert "not-allowed" not in page


def test_teacher_cannot_weaken_where_the_deployment_forbids_it(
    teacher: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.lifecycle.experiments.ablation_is_allowed", lambda: False)
    monkeypatch.setattr("submissions.pages.lab.experiment.ablation_is_allowed", lambda: False)
    client = as_user(teacher)
    page = page_of(client, "/lab/be-root/")
    assert "This site does not run weakened sandboxes." in page
    assert "EXECUTOR_ABLATION" in page
    assert run(client, "be-root", ablation="non-root-user").status_code == 403


def test_unknown_layer_is_refused(teacher: User, as_user: AsUser) -> None:
    assert run(as_user(teacher), "be-root", ablation="moat").status_code == 400
    assert not Submission.objects.exists()


@pytest.mark.parametrize("field", ["ablation", "experiment", "outcome"])
def test_api_can_neither_weaken_nor_pretend(teacher: User, as_user: AsUser, field: str) -> None:
    answer = as_user(teacher).run(**{field: "seccomp"})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_lab_counts_against_the_users_rate(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE = "1/d"
    client = as_user(alice)
    run(client, "be-root", ablation="x")
    assert run(client, "be-root").status_code == 429


def test_body_that_is_no_form_runs_nothing(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).post(
        "/lab/be-root/", {"ablation": "x"}, content_type="application/json"
    )
    assert answer.status_code == 415
    assert not Submission.objects.exists()


def test_unknown_experiment_counts_against_the_rate(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE = "1/d"
    client = as_user(alice)
    assert run(client, "no-such-attack").status_code == 404
    assert run(client, "be-root").status_code == 429


@pytest.mark.inline
def test_closed_service_runs_no_experiment(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*args: Any, **kwargs: Any) -> None:
        raise Closed("nothing is run: reasons", retry_after=15)

    monkeypatch.setattr("submissions.dispatch.local.admit", closed)
    answer = run(as_user(alice), "be-root")
    assert (answer.status_code, answer["Retry-After"]) == (503, "15")
    assert "Nothing is run: reasons. Try again in 15 s." in answer.content.decode()


def test_run_of_another_user_is_not_found(alice: User, bob: User, as_user: AsUser) -> None:
    assert as_user(bob).get(f"/lab/runs/{attack(alice).pk}/").status_code == 404


def test_run_that_was_no_experiment_is_not_found(alice: User, as_user: AsUser) -> None:
    made = make_submission(alice)
    assert as_user(alice).get(f"/lab/runs/{made.pk}/").status_code == 404


def test_run_of_an_experiment_that_is_gone_can_still_be_read(alice: User, as_user: AsUser) -> None:
    made = attack(alice, experiment="of-old", ablation="of-old")
    page = as_user(alice).get(f"/lab/runs/{made.pk}/").content.decode()
    assert "of-old" in page


def test_output_of_an_experiment_is_inert(alice: User, as_user: AsUser) -> None:
    wrote = f"ATTEMPT {NASTY}: blocked ({NASTY})"
    attempts = [asdict(attempt) for attempt in attempts_in(wrote)]
    assert len(attempts) == 1
    made = attack(alice, stdout=NASTY, stderr=NASTY, finding=finding(attempts=attempts))
    page = as_user(alice).get(f"/lab/runs/{made.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


# A run by script.


@pytest.mark.docker
def test_run_by_script_gets_the_address_of_the_result(alice: User, as_user: AsUser) -> None:
    answer = run_as_json(as_user(alice), "be-root")
    submission = Submission.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {"page": f"/lab/runs/{submission.pk}/", "outcome": "contained"}


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        (
            {"ablation": "moat"},
            400,
            {
                "code": "invalid",
                "detail": "There is no such layer to weaken.",
                "fields": {"ablation": ["There is no such layer to weaken."]},
            },
        ),
        (
            {"ablation": "seccomp"},
            403,
            {
                "code": "permission_denied",
                "detail": "You may not run this without one of its layers.",
                "fields": {},
            },
        ),
    ],
)
def test_refusal_of_a_script_is_json_of_one_shape(
    alice: User, as_user: AsUser, data: dict[str, Any], status: int, body: dict[str, Any]
) -> None:
    answer = run_as_json(as_user(alice), "be-root", **data)
    assert (answer.status_code, answer.json()) == (status, body)
    assert not Submission.objects.exists()


def test_script_without_an_account_is_refused_as_json(client: Client) -> None:
    answer = run_as_json(client, "be-root")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_script_is_told_when_to_try_again(alice: User, as_user: AsUser, settings: Settings) -> None:
    settings.RUN_RATE = "1/d"
    client = as_user(alice)
    run_as_json(client, "be-root", ablation="x")
    answer = run_as_json(client, "be-root")
    assert answer.status_code == 429
    assert answer.json()["code"] == "throttled"
    assert int(answer["Retry-After"]) > 0


# The result.


def test_result_leads_on(alice: User, as_user: AsUser) -> None:
    page = page_of(as_user(alice), f"/lab/runs/{attack(alice).pk}/")
    assert re.search(r'href="/lab/fork-bomb/">Next attack', page)
    for label in ("Run again", "Edit in the playground", "Weaken this layer"):
        assert label in page


def test_result_of_someone_who_may_not_weaken_says_why(alice: User, as_user: AsUser) -> None:
    page = page_of(as_user(alice), f"/lab/runs/{attack(alice).pk}/")
    assert re.search(r'disabled aria-describedby="not-allowed">.*Weaken this layer', page)
    assert "add you to the group “Lab: may weaken”" in page


def test_result_says_that_a_layer_has_no_switch(teacher: User, as_user: AsUser) -> None:
    made = attack(teacher, experiment="docker-socket")
    page = page_of(as_user(teacher), f"/lab/runs/{made.pk}/")
    assert re.search(r'disabled aria-describedby="not-allowed">.*Weaken this layer', page)
    assert "can't be switched off" in html.unescape(page)


def test_result_of_a_weakened_run_offers_all_layers_again(teacher: User, as_user: AsUser) -> None:
    made = attack(teacher, ablation="memory-cgroup", outcome="breach")
    page = page_of(as_user(teacher), f"/lab/runs/{made.pk}/")
    assert "Memory limit: 512 MiB instead of 128 MiB" in page
    assert "With all layers" in page
    assert 'class="place missing" data-layer="memory-cgroup"' in page


def test_breach_lights_no_layer(teacher: User, as_user: AsUser) -> None:
    made = attack(teacher, experiment="be-root", ablation="non-root-user", outcome="breach")
    page = page_of(as_user(teacher), f"/lab/runs/{made.pk}/")
    assert 'class="place missing" data-layer="non-root-user"' in page
    assert 'class="place lit"' not in page


def test_finding_of_an_older_version_can_still_be_read(alice: User, as_user: AsUser) -> None:
    old = {
        "outcome": "contained",
        "reason": "contained by: pids cgroup (1 processes refused at 64, exit code 1)",
        "facts": ["1 processes refused at 64"],
        "attempts": [],
        "rests_on": "the kernel's and the host's own evidence",
    }
    page = page_of(as_user(alice), f"/lab/runs/{attack(alice, finding=old).pk}/")
    assert "Contained by: pids cgroup (1 processes refused at 64, exit code 1)" in page
    assert "How we know: by the kernel's and the host's own evidence." in html.unescape(page)


def test_run_that_was_cancelled_shows_its_error(alice: User, as_user: AsUser) -> None:
    made = attack(alice, outcome="", finding=None, verdict="cancelled", error="Cancelled")
    assert "Cancelled" in page_of(as_user(alice), f"/lab/runs/{made.pk}/")


def test_unfinished_run_is_watched(alice: User, as_user: AsUser) -> None:
    made = attack(alice, status="running", outcome="", finding=None, verdict="")
    page = page_of(as_user(alice), f"/lab/runs/{made.pk}/")
    assert f'data-address="/api/submissions/{made.pk}/"' in page
    assert "Reload the page to see the result." in page
