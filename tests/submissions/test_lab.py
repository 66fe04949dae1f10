"""The lab's pages: everyone may read them, runs are ordinary, and runs without a layer are marked."""

from dataclasses import asdict

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from executor import Closed
from executor.experiments.outcomes import attempts_in
from submissions.lifecycle.models import Submission
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

NASTY = "<script>alert(1)</script>\x1b[31m\u202e"


def finding(**over):
    return {
        "outcome": "contained",
        "reason": "contained by: memory cgroup (oom_kill 1)",
        "facts": ["oom_kill 1"],
        "attempts": [],
        "rests_on": "the kernel's and the host's own evidence",
        **over,
    }


def attack(user, **over):
    values = {"experiment": "memory-bomb", "outcome": "contained", "finding": finding()}
    return make_submission(user, **{**values, **over})


@pytest.fixture
def teacher(bob):
    bob.user_permissions.add(Permission.objects.get(codename="run_weakened"))
    return bob


def run(client, slug, **data):
    return client.post(f"/lab/{slug}/", data)


@pytest.mark.parametrize(
    "address", ["/lab/", "/lab/memory-bomb/", "/lab/fork-bomb-js/", "/lab/matrix/"]
)
def test_lab_is_readable_without_an_account(client, address):
    assert client.get(address).status_code == 200


def test_catalogue_shows_every_experiment(client):
    page = client.get("/lab/").content.decode()
    for slug in ("infinite-loop", "memory-bomb-js", "docker-socket", "stored-script"):
        assert f"/lab/{slug}/" in page


def test_experiment_shows_its_program_and_what_is_meant_to_stop_it(client):
    page = client.get("/lab/memory-bomb/").content.decode()
    assert "kept.append(bytearray" in page
    assert "memory cgroup" in page
    assert "Without memory cgroup" in page


def test_unknown_experiment_is_not_found(client):
    assert client.get("/lab/no-such/").status_code == 404


def test_other_methods_are_refused(client):
    assert client.options("/lab/memory-bomb/").status_code == 405


def test_running_needs_an_account(client):
    assert run(client, "memory-bomb").status_code in {401, 403}
    assert not Submission.objects.exists()


def test_running_needs_the_forms_token(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert run(client, "memory-bomb").status_code == 403
    assert not Submission.objects.exists()


@pytest.mark.docker
def test_run_is_a_submission_and_names_what_stopped_it(alice, as_user):
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
    page = client.get(answer["Location"]).content.decode()
    assert "contained by: memory cgroup (oom_kill 1" in page
    assert "of 128 MiB" in page
    assert "memory_limit_exceeded" in page
    detail = client.get(f"/api/submissions/{submission.pk}/").json()
    assert (detail["experiment"], detail["outcome"]) == ("memory-bomb", "contained")


@pytest.mark.docker
def test_weakened_run_is_marked_everywhere(teacher, staff, as_user):
    client = as_user(teacher)
    page = client.get(
        run(client, "environment", ablation="environment")["Location"]
    ).content.decode()
    submission = Submission.objects.get()
    assert (submission.ablation, submission.outcome) == ("environment", "breach")
    assert "This run was weakened: without environment" in page
    assert client.get("/api/submissions/").json()["results"][0]["ablation"] == "environment"
    assert client.get(f"/api/submissions/{submission.pk}/").json()["ablation"] == "environment"
    assert "without environment" in client.get("/lab/environment/").content.decode()
    admin = as_user(staff)
    for address in ("", f"{submission.pk}/change/", "?weakened=yes"):
        page = admin.get(f"/admin/submissions/submission/{address}").content.decode()
        assert "environment" in page
        assert "Breach" in page


def test_user_without_the_permission_cannot_weaken(alice, as_user):
    client = as_user(alice)
    assert "Take a layer away" not in client.get("/lab/be-root/").content.decode()
    answer = run(client, "be-root", ablation="non-root-user")
    assert answer.status_code == 403
    assert "Not run" in answer.content.decode()
    assert not Submission.objects.exists()


def test_teacher_cannot_weaken_where_the_deployment_forbids_it(teacher, as_user, monkeypatch):
    monkeypatch.setattr("submissions.lifecycle.experiments.ablation_is_allowed", lambda: False)
    monkeypatch.setattr("submissions.pages.lab.ablation_is_allowed", lambda: False)
    client = as_user(teacher)
    assert "Take a layer away" not in client.get("/lab/be-root/").content.decode()
    assert run(client, "be-root", ablation="non-root-user").status_code == 403


def test_unknown_layer_is_refused(teacher, as_user):
    assert run(as_user(teacher), "be-root", ablation="moat").status_code == 400
    assert not Submission.objects.exists()


@pytest.mark.parametrize("field", ["ablation", "experiment", "outcome"])
def test_api_can_neither_weaken_nor_pretend(teacher, as_user, field):
    answer = as_user(teacher).run(**{field: "seccomp"})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_lab_counts_against_the_users_rate(alice, as_user, settings):
    settings.RUN_RATE = "1/h"
    client = as_user(alice)
    run(client, "be-root", ablation="x")
    assert run(client, "be-root").status_code == 429


def test_body_that_is_no_form_runs_nothing(alice, as_user):
    answer = as_user(alice).post(
        "/lab/be-root/", {"ablation": "x"}, content_type="application/json"
    )
    assert answer.status_code == 415
    assert not Submission.objects.exists()


def test_unknown_experiment_counts_against_the_rate(alice, as_user, settings):
    settings.RUN_RATE = "1/h"
    client = as_user(alice)
    assert run(client, "no-such-attack").status_code == 404
    assert run(client, "be-root").status_code == 429


@pytest.mark.inline
def test_closed_service_runs_no_experiment(alice, as_user, monkeypatch):
    def closed(*args, **kwargs):
        raise Closed("nothing is run: reasons", retry_after=15)

    monkeypatch.setattr("submissions.dispatch.local.admit", closed)
    answer = run(as_user(alice), "be-root")
    assert (answer.status_code, answer["Retry-After"]) == (503, "15")
    assert "Nothing is run: reasons. Try again in 15 s." in answer.content.decode()


def test_progress_is_ones_own_last_run_with_all_layers(alice, bob, as_user):
    attack(alice, outcome="unproven")
    attack(alice)
    attack(alice, ablation="memory-cgroup", outcome="breach")
    attack(bob, experiment="be-root", outcome="breach")
    page = as_user(alice).get("/lab/").content.decode()
    assert "1 of" in page
    assert page.count('class="outcome contained"') == 1
    assert 'class="outcome breach"' not in page
    assert 'class="outcome unproven"' not in page


def test_run_of_another_user_is_not_found(alice, bob, as_user):
    assert as_user(bob).get(f"/lab/runs/{attack(alice).pk}/").status_code == 404


def test_run_that_was_no_experiment_is_not_found(alice, as_user):
    made = make_submission(alice)
    assert as_user(alice).get(f"/lab/runs/{made.pk}/").status_code == 404


def test_run_of_an_experiment_that_is_gone_can_still_be_read(alice, as_user):
    made = attack(alice, experiment="of-old", ablation="of-old")
    page = as_user(alice).get(f"/lab/runs/{made.pk}/").content.decode()
    assert "of-old" in page


def test_output_of_an_experiment_is_inert(alice, as_user):
    wrote = f"ATTEMPT {NASTY}: blocked ({NASTY})"
    attempts = [asdict(attempt) for attempt in attempts_in(wrote)]
    assert len(attempts) == 1
    made = attack(alice, stdout=NASTY, stderr=NASTY, finding=finding(attempts=attempts))
    page = as_user(alice).get(f"/lab/runs/{made.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
