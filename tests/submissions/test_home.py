"""The home page: each number has its source, and the recorded attack can be read without a script."""

import html
import re
import tomllib

import pytest
from django.contrib.auth.models import User
from django.test import Client

from executor import LAYERS, Limits
from executor.experiments import Outcome, observed, offered_attacks, recorded
from submissions.pages import home
from submissions.templatetags.shown import size
from tests.support.clients import AsUser
from tests.support.documents import text
from tests.support.present import present


@pytest.fixture
def page(client: Client) -> str:
    return client.get("/").content.decode()


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_page_counts_what_there_is(page: str) -> None:
    record = observed()
    slugs = [one.slug for programs in offered_attacks().values() for one in programs]
    contained = [slug for slug in slugs if record.outcome(slug) is Outcome.CONTAINED]
    cells = [cell for slug in slugs for cell in record.seen[slug].values()]
    shown = words(page)
    of_each_run = [one for one in LAYERS.values() if not one.is_nested]
    assert f"{len(of_each_run)} layers between a program and the machine" in shown
    assert f"{len(contained)} of {len(slugs)} attack programs contained" in shown
    assert f"{len(cells):,} recorded runs" in shown


def test_page_counts_an_attack_in_two_languages_once(page: str) -> None:
    entries = tomllib.loads(text("executor/experiments/catalogue.toml"))["experiment"]
    in_python = [entry for entry in entries if "python" in entry["languages"]]
    assert f"The lab has {len(in_python)} attacks" in words(page)


@pytest.mark.parametrize(
    ("way", "shown"),
    [("HTTP, container", home.SERVICE_MS), ("docker run", home.DOCKER_RUN_MS)],
)
def test_measured_times_are_those_of_the_document(way: str, shown: int) -> None:
    row = rf"^\| Python [\d.]+: {way} \| (?:1|–) \| ([\d.]+) \|"
    first = present(re.search(row, text("docs/performance.md"), re.MULTILINE))
    assert round(float(first[1])) == shown


def test_recorded_attack_is_on_the_page_as_it_was_recorded(page: str) -> None:
    shown = recorded()
    said = words(page)
    for scene in (shown.contained, shown.weakened):
        assert " ".join(scene.stdout.split()) in said
        assert size(scene.memory_peak_bytes) in said
    assert "".join(shown.experiment.code.split()) in "".join(said.split())
    assert shown.date in said
    assert shown.contained.verdict in said
    assert shown.ablation.change in said
    assert "It asks for 300 MiB of memory" in said
    assert "range(300)" in shown.experiment.code


def test_no_step_is_hidden_without_a_script(page: str) -> None:
    steps = re.findall(r'<li class="step"[^>]*>', page)
    assert len(steps) == 5
    assert not any("hidden" in step for step in steps)


def test_attack_without_the_layer_shows_it_as_missing(page: str) -> None:
    walk = page[page.index('id="step-3"') :]
    contained, weakened = walk.split('id="step-5"')
    assert contained.count('class="place shape lit"') == 1
    assert weakened.count('class="place shape missing"') == 1


def test_limits_are_in_binary_units(page: str) -> None:
    limits, said = Limits(), words(page)
    assert f"{size(limits.memory_bytes)}, no swap" in said
    assert f"{size(limits.disk_bytes)} in {limits.disk_files:,} files" in said
    assert f"{size(limits.output_bytes)} for each of stdout and stderr" in said
    assert not re.search(r"\d (MB|KB)\b", said)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 bytes"), (64 * 1024, "64 KiB"), (2**20, "1 MiB"), (128 * 2**20, "128 MiB")],
)
def test_size_is_shown_in_the_larger_unit_that_fits(value: int, shown: str) -> None:
    assert size(value) == shown


def test_visitor_is_asked_to_sign_up_and_a_user_to_work(
    page: str, alice: User, as_user: AsUser
) -> None:
    assert "Sign up and run code" in page
    own = as_user(alice).get("/").content.decode()
    assert "Open the playground" in own
    assert "Sign up and run code" not in own
