"""What the lab's pages show to everyone: catalogue, experiments, matrix and glossary."""

import html
import re
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from executor import ABLATIONS, LANGUAGES, LAYERS
from executor.experiments import CATALOGUE, START_HERE, offered_attacks
from submissions.management.commands.document_glossary import page as glossary
from submissions.pages.lab.terms import BY_SLUG, TERMS
from submissions.templatetags.lab import explained
from tests.support.clients import AsUser
from tests.support.documents import ROOT
from tests.support.lab import attack, page_of
from tests.support.offer import offering

pytestmark = pytest.mark.django_db

NASTY = "<script>alert(1)</script>\x1b[31m\u202e"


def shown(page: str) -> Any:
    """Return the families of the cards that a filter leaves."""
    cards = re.findall(
        r'<li class="card attack"[^>]*?(hidden)?>\s*<h4><a href="/lab/([^/]+)/"', page
    )
    return {family for hidden, family in cards if not hidden}


@pytest.mark.parametrize(
    "address",
    [
        "/lab/",
        "/lab/memory-bomb/",
        "/lab/fork-bomb-js/",
        "/lab/matrix/",
        "/lab/matrix/memory-bomb/memory-cgroup/",
        "/lab/glossary/",
    ],
)
def test_lab_is_readable_without_an_account(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_catalogue_has_a_card_for_each_attack_with_its_languages(client: Client) -> None:
    with offering(*LANGUAGES):
        page = page_of(client, "/lab/")
    assert shown(page) == {one.family for one in CATALOGUE.values()}
    for slug in CATALOGUE:
        assert f'href="/lab/{slug}/"' in page


def test_catalogue_has_the_languages_that_the_site_offers(client: Client) -> None:
    with offering("python", "c"):
        page = page_of(client, "/lab/")
        assert 'href="/lab/fork-bomb-c/"' in page
        assert 'href="/lab/fork-bomb-js/"' not in page
        assert shown(page) > shown(page_of(client, "/lab/?language=c")) > {"compile-bomb"}
    with offering("python"):
        assert 'href="/lab/compile-bomb/"' not in page_of(client, "/lab/")


def test_catalogue_counts_attacks_and_programs(client: Client) -> None:
    counted = Counter(one.language for programs in offered_attacks().values() for one in programs)
    page = page_of(client, "/lab/")
    assert f"There are {len(offered_attacks())} attacks." in page
    assert f"which makes {counted.total()} programs: {counted['python']} in Python, " in page


@pytest.mark.parametrize("name", ["README.md", "docs/security.md", "docs/lab.md"])
def test_documents_count_the_layers_that_can_be_weakened(name: str) -> None:
    words = " ".join((ROOT / name).read_text().split())
    assert f"{len(ABLATIONS)} of the {len(LAYERS)} layers" in words


@pytest.mark.parametrize(
    ("query", "some", "none"),
    [
        ("q=seccomp", {"io-uring"}, {"fork-bomb"}),
        ("q=CVE-2019-5736", {"overwrite-interpreter"}, {"fork-bomb"}),
        ("q=BOMB+thread", {"thread-bomb"}, {"fork-bomb"}),
        ("level=hard", {"io-uring"}, {"fork-bomb"}),
        ("group=disk-and-files", {"disk-fill"}, {"fork-bomb"}),
        ("state=contained", {"memory-bomb"}, {"fork-bomb"}),
        ("state=new", {"fork-bomb"}, {"memory-bomb"}),
        ("q=bomb&level=medium", {"memory-in-pieces"}, {"memory-bomb"}),
        ("language=javascript", {"fork-bomb"}, {"swap"}),
        ("language=javascript&level=hard", {"first-process"}, {"fork-bomb", "io-uring"}),
        ("q=no+such+thing", set(), {"fork-bomb"}),
        ("level=nightmare", set(), {"fork-bomb"}),
    ],
)
def test_query_string_filters_the_catalogue(
    alice: User, as_user: AsUser, query: str, some: set[str], none: set[str]
) -> None:
    attack(alice)
    page = page_of(as_user(alice), f"/lab/?{query}")
    found = shown(page)
    assert some <= found
    assert not none & found
    assert f"{len(found)} of {len(offered_attacks())} attacks" in page


def test_hostile_search_is_inert(client: Client) -> None:
    page = client.get("/lab/", {"q": NASTY}).content.decode()
    assert "<script>alert" not in page


def test_chip_keeps_the_other_filters_and_switches_itself_off(client: Client) -> None:
    page = page_of(client, "/lab/?q=memory&level=easy")
    assert 'href="/lab/?q=memory&amp;level=hard#all-attacks"' in page
    assert 'href="/lab/?q=memory#all-attacks" data-name="level" data-value="easy"' in page


def test_path_leads_to_the_first_attack_that_one_has_not_tried(
    alice: User, as_user: AsUser
) -> None:
    for family in START_HERE[:2]:
        attack(alice, experiment=family)
    page = page_of(as_user(alice), "/lab/")
    assert re.search(rf'<a class="button" href="/lab/{START_HERE[2]}/">.*Continue the path', page)


def test_experiment_shows_its_program_and_what_stops_it(client: Client) -> None:
    page = page_of(client, "/lab/memory-bomb/")
    assert "kept.append" in page
    assert 'data-mode="python"' in page  # by which the browser colours it
    assert 'href="/lab/layers/memory-cgroup/"' in page
    assert 'href="/lab/matrix/memory-bomb/memory-cgroup/"' in page
    assert "The attack succeeded: “take 300 MiB”" in page


def test_experiment_links_its_references(client: Client) -> None:
    page = page_of(client, "/lab/overwrite-interpreter/")
    assert 'href="https://www.cve.org/CVERecord?id=CVE-2019-5736"' in page
    assert 'href="https://attack.mitre.org/techniques/T1611/"' in page


def test_experiment_explains_its_terms_on_the_page(client: Client) -> None:
    page = page_of(client, "/lab/memory-bomb/")
    assert "Words on this page" in page
    assert BY_SLUG["oom-kill"].means in html.unescape(page)


def test_experiment_in_one_language_leads_to_the_other(client: Client) -> None:
    page = page_of(client, "/lab/fork-bomb-js/")
    assert re.search(r'href="/lab/fork-bomb/">Python', page)
    assert 'href="/lab/fork-bomb-js/" aria-current="page"' in page


def test_program_in_c_is_shown_beside_the_other_languages(client: Client) -> None:
    with offering("python", "c"):
        page = page_of(client, "/lab/fork-bomb-c/")
    assert '<span class="line">#include &lt;unistd.h&gt;</span>' in page
    assert 'data-mode="c_cpp"' in page
    assert 'href="/lab/fork-bomb-c/" aria-current="page">C</a>' in page
    assert re.search(r'href="/lab/fork-bomb/">Python', page)
    assert "JavaScript</a>" not in page


def test_attack_on_the_compiler_says_when_it_ends(client: Client) -> None:
    page = page_of(client, "/lab/compile-bomb/")
    assert "<code>memory_limit_exceeded</code>, while the program is compiled." in page


def test_program_with_an_end_of_its_own_says_which(client: Client) -> None:
    page = page_of(client, "/lab/dropped-binary-sql/")
    assert "<code>runtime_error</code>. The program reports that its attempts were blocked." in page


def test_unknown_experiment_is_not_found(client: Client) -> None:
    assert client.get("/lab/no-such/").status_code == 404


def test_visitor_is_told_to_log_in_to_weaken(client: Client) -> None:
    page = page_of(client, "/lab/be-root/")
    assert "disabled" in page
    assert "Log in first." in page


def test_progress_is_ones_own_last_run_with_all_layers(
    alice: User, bob: User, as_user: AsUser
) -> None:
    attack(alice, outcome="unproven")
    attack(alice)
    attack(alice, ablation="memory-cgroup", outcome="breach")
    attack(bob, experiment="be-root", outcome="breach")
    page = as_user(alice).get("/lab/").content.decode()
    assert "1 of" in page
    assert page.count('class="badge contained"') == 2  # on the path and on its card
    assert 'class="badge breach"' not in page
    assert "Inconclusive" not in page


def test_matrix_has_a_row_for_each_attack_and_a_column_for_each_layer(client: Client) -> None:
    page = page_of(client, "/lab/matrix/")
    for family, programs in offered_attacks().items():
        assert f'<th scope="row"><a href="/lab/{family}/">' in page
        assert html.escape(programs[0].title) in page
    for layer in LAYERS.values():
        assert f'<a href="/lab/layers/{layer.slug}/">{layer.label}</a></th>' in page
    assert page.count('class="head fixed"') + page.count('class="head first fixed"') == (
        len(LAYERS) - len(ABLATIONS)
    )


def test_cell_shows_the_worst_outcome_and_whether_the_layer_is_meant(client: Client) -> None:
    page = page_of(client, "/lab/matrix/")
    assert '<td class="breach meant"><a href="memory-bomb/memory-cgroup/"' in page
    assert '<td class="contained"><a href="memory-bomb/seccomp/"' in page
    assert '<td class="contained meant"><a href="be-root/seccomp/"' in page
    assert '<td class="fixed meant"><a href="forged-end/own-stream/"' in page
    assert '<td class="breach meant"><a href="dead-drop/nested-times/"' in page
    assert "dead-drop/nested-filter/" not in page


def test_matrix_has_the_attacks_in_the_languages_that_the_site_offers(client: Client) -> None:
    with offering("python", "c"):
        assert "Compile bomb" in page_of(client, "/lab/matrix/")
        pair = page_of(client, "/lab/matrix/fork-bomb/pids-cgroup/")
        assert 'href="/lab/fork-bomb-c/">C</a>' in pair
        assert 'href="/lab/fork-bomb-js/"' not in pair
    with offering("python"):
        assert "Compile bomb" not in page_of(client, "/lab/matrix/")
        assert client.get("/lab/matrix/compile-bomb/memory-cgroup/").status_code == 404


def test_matrix_says_how_many_layers_can_be_weakened(client: Client) -> None:
    page = page_of(client, "/lab/matrix/")
    assert f"{len(ABLATIONS)} of the {len(LAYERS)} layers can be weakened." in page


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("memory-bomb/memory-cgroup", ["Breach", "Python", "JavaScript", "512 MiB instead of"]),
        ("memory-bomb/seccomp", ["Contained", "has no part in stopping it"]),
        ("be-root/seccomp", ["Another layer still stops it: Ordinary user."]),
        ("be-root/read-only-root", ["weakened too", "Ordinary user"]),
        ("memory-bomb/all", ["With all layers in place", "Contained by the memory limit"]),
        (
            "forged-end/own-stream",
            ["can't be switched off", "one of the layers that stop this attack"],
        ),
        ("fork-bomb/own-stream", ["can't be switched off", "no part in stopping this attack"]),
        (
            "dead-drop/nested-times",
            ["Breach", "a touched device", "In a slot with all layers", "the frozen times"],
        ),
        ("fork-bomb/nested-times", ["nested sandboxes in a slot", "no run shows this pair"]),
    ],
)
def test_pair_says_what_was_seen(client: Client, pair: str, words: list[str]) -> None:
    page = html.unescape(page_of(client, f"/lab/matrix/{pair}/"))
    for word in words:
        assert word in page


@pytest.mark.parametrize("pair", ["no-such/seccomp", "memory-bomb/moat", "memory-bomb-js/seccomp"])
def test_unknown_pair_is_not_found(client: Client, pair: str) -> None:
    assert client.get(f"/lab/matrix/{pair}/").status_code == 404


def test_cells_of_the_matrix_lead_to_pages(client: Client) -> None:
    pairs = set(re.findall(r'<td[^>]*><a href="([^"]+)"', page_of(client, "/lab/matrix/")))
    everywhere = [one for one in ABLATIONS.values() if not one.nested]
    assert len(pairs) > len(offered_attacks()) * len(everywhere)
    for pair in sorted(pairs)[::40]:
        page_of(client, f"/lab/matrix/{pair}")


@pytest.mark.parametrize(
    ("slug", "limit"),
    [
        ("infinite-loop", "1.5 s of time instead of 10 s"),
        ("burns-cpu", "0.5 s of CPU time instead of 10 s"),
    ],
)
def test_attack_with_a_shorter_limit_names_it(client: Client, slug: str, limit: str) -> None:
    assert f"its limit is lower than usual: {limit}." in page_of(client, f"/lab/{slug}/")


def test_attack_with_the_usual_limits_names_none(client: Client) -> None:
    assert "lower than usual" not in page_of(client, "/lab/memory-bomb/")


def test_glossary_explains_each_term_at_its_own_address(client: Client) -> None:
    page = page_of(client, "/lab/glossary/")
    for term in TERMS:
        assert f'id="{term.slug}"' in page
    assert len(BY_SLUG) == len(TERMS)


def test_glossary_of_the_documents_is_the_same() -> None:
    assert (ROOT / "docs/glossary.md").read_text() == glossary(), "run manage.py document_glossary"


def test_terms_are_linked_once_and_text_is_escaped() -> None:
    made = explained("Run `a<b` as root: <b>root</b> and seccomp.</p>")
    assert made == (
        'Run <code>a&lt;b</code> as <a class="term" href="/lab/glossary/#root">root</a>:'
        " &lt;b&gt;root&lt;/b&gt; and"
        ' <a class="term" href="/lab/glossary/#seccomp">seccomp</a>.&lt;/p&gt;'
    )


def test_part_of_a_word_or_of_a_path_is_no_term() -> None:
    assert explained("rooted, /root, spin-lock") == "rooted, /root, spin-lock"
