"""The catalogue, and how an outcome follows from what was seen: no container is needed for that."""

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from executor import ABLATIONS, LANGUAGES, LAYERS, Evidence, Limits, RunResult, Usage, Verdict
from executor.experiments import (
    ATTACKS,
    CATALOGUE,
    START_HERE,
    CatalogueError,
    Outcome,
    address_of,
    catalogue,
    judge,
    next_after,
    offered_attacks,
    sentences,
)
from executor.experiments.outcomes import Trial
from executor.languages import DEFAULT_LANGUAGE
from executor.limits import MiB
from tests.support.offer import offering

FAMILIES = {experiment.family for experiment in CATALOGUE.values()}
REFERENCE = re.compile(r"CVE-\d{4}-\d{4,}|CWE-\d+|ATT&CK T\d{4}(\.\d{3})?")


def result(
    verdict: Verdict = Verdict.OK, stdout: str = "", memory: int = 0, **evidence: Any
) -> RunResult:
    return RunResult(
        verdict=verdict,
        stdout=stdout,
        limits=Limits(),
        usage=Usage(memory_peak_bytes=memory),
        evidence=Evidence(reported=True, **evidence),
    )


def outcome(slug: str, *args: Any, **kwargs: Any) -> Outcome:
    return judge(CATALOGUE[slug], result(*args, **kwargs)).outcome


def test_there_are_at_least_forty_different_attacks() -> None:
    assert len(FAMILIES) >= 40


def test_every_program_file_belongs_to_an_experiment() -> None:
    files = {
        str(path.relative_to(catalogue.HERE))
        for language in LANGUAGES
        for path in (catalogue.HERE / language).glob("*")
        if path.is_file()
    }
    assert files == {experiment.file for experiment in CATALOGUE.values()}


def test_every_layer_is_attacked_by_an_experiment() -> None:
    attacked = {layer for experiment in CATALOGUE.values() for layer in experiment.all_layers}
    assert LAYERS.keys() - attacked == {"kernel"}  # not one of our layers


@pytest.mark.parametrize("slug", CATALOGUE)
def test_experiment_is_described(slug: str) -> None:
    experiment = CATALOGUE[slug]
    for text in (experiment.title, experiment.tries, experiment.teaches, experiment.beyond):
        assert text.strip()
    assert experiment.references
    assert all(REFERENCE.fullmatch(reference) for reference in experiment.references)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_sentences_about_an_experiment_are_short(slug: str) -> None:
    one = CATALOGUE[slug]
    sentences_of = re.split(r"(?<=[.!?]) ", f"{one.tries} {one.teaches} {one.beyond}")
    assert [said for said in sentences_of if len(said.split()) > 20] == []


@pytest.mark.parametrize("slug", CATALOGUE)
def test_program_begins_with_its_lesson_and_can_report(slug: str) -> None:
    code = CATALOGUE[slug].code
    assert code.startswith(("# ", "// ", "-- "))
    assert "ATTEMPT " in code


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"layers": ("moat",)}, "layers"),
        ({"layers": ()}, "layers"),
        ({"layers": ("nested filter",)}, "layers"),
        ({"in_slot": ("seccomp",)}, "in_slot"),
        ({"evidence": "feeling"}, "evidence"),
        ({"limits": {"patience": 1}}, "limits"),
        ({"language": "cobol"}, "language"),
        ({"level": "nightmare"}, "level"),
        ({"code": "x" * 5001}, "5000 characters"),
        ({"verdicts": frozenset({Verdict.OK, Verdict.COMPILE_ERROR})}, "proves nothing"),
    ],
)
def test_catalogue_refuses_impossible_entries(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CatalogueError, match=complaint):
        catalogue.check(replace(CATALOGUE["swap"], **change))


def test_request_limits_stay_below_defaults_and_deployment_maximum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        catalogue, "default_limits", lambda: Limits(memory_bytes=1 << 40, processes=9)
    )
    limits = CATALOGUE["infinite-loop"].request().limits
    assert (limits.memory_bytes, limits.processes) == (Limits().memory_bytes, 9)
    assert limits.wall_seconds == 1.5


def test_attack_on_a_resource_is_contained_by_evidence_not_its_output() -> None:
    stopped = {"verdict": Verdict.MEMORY_LIMIT_EXCEEDED, "stdout": "all is well"}
    assert outcome("memory-bomb", **stopped, oom_kills=1) is Outcome.CONTAINED
    assert outcome("memory-bomb", **stopped, oom_kills=0) is Outcome.UNPROVEN


def test_limit_that_the_compiler_met_is_no_evidence_about_the_program() -> None:
    stopped: dict[str, Any] = {"verdict": Verdict.MEMORY_LIMIT_EXCEEDED, "oom_kills": 1}
    assert outcome("memory-bomb-c", **stopped) is Outcome.CONTAINED
    assert outcome("memory-bomb-c", **stopped, in_compiler=True) is Outcome.UNPROVEN
    assert reason("memory-bomb-c", **stopped, in_compiler=True) == (
        "Inconclusive: the run ended while it was compiled."
    )


def test_attack_on_the_compiler_has_to_end_in_it() -> None:
    stopped = {"verdict": Verdict.MEMORY_LIMIT_EXCEEDED, "oom_kills": 1}
    assert outcome("compile-bomb", **stopped, in_compiler=True) is Outcome.CONTAINED
    assert outcome("compile-bomb", **stopped) is Outcome.UNPROVEN


@pytest.mark.parametrize("slug", CATALOGUE)
def test_program_that_cannot_be_compiled_proves_nothing(slug: str) -> None:
    failed = {"exit_code": 1, "compile_failed": True, "in_compiler": True}
    said = "ATTEMPT try: blocked (no)"
    assert outcome(slug, Verdict.COMPILE_ERROR, said, **failed) is Outcome.UNPROVEN


def test_claim_of_being_blocked_is_no_evidence_for_a_resource() -> None:
    said = "ATTEMPT take 300 MiB: blocked (honestly)"
    assert outcome("memory-bomb", stdout=said) is Outcome.UNPROVEN


def test_success_is_a_breach_also_beside_evidence() -> None:
    said = "ATTEMPT take 300 MiB: succeeded (all of it is ours)"
    found = judge(CATALOGUE["memory-bomb"], result(stdout=said))
    assert found.outcome is Outcome.BREACH
    assert found.rests_on == "the program's own report, and no limit stopped it"
    stopped = {"verdict": Verdict.MEMORY_LIMIT_EXCEEDED, "oom_kills": 1}
    assert outcome("memory-bomb", stdout=said, **stopped) is Outcome.BREACH


def test_more_memory_than_is_usual_is_a_breach_by_the_kernels_count() -> None:
    allowed = CATALOGUE["memory-bomb"].request().limits.memory_bytes
    assert outcome("memory-bomb", memory=allowed + 2 * MiB) is Outcome.BREACH
    assert outcome("memory-bomb", memory=allowed + MiB) is not Outcome.BREACH


def test_one_success_among_attempts_rests_on_the_programs_word() -> None:
    said = "ATTEMPT a: blocked (no)\nATTEMPT b: succeeded (yes)"
    assert "no limit stopped it" in judge(CATALOGUE["memory-bomb"], result(stdout=said)).rests_on
    blocked = judge(CATALOGUE["memory-bomb"], result(stdout="ATTEMPT a: blocked (no)"))
    assert blocked.rests_on.startswith("the counters of the kernel")


@pytest.mark.parametrize(
    ("ablation", "outcome", "expected"),
    [
        ("", Outcome.CONTAINED, True),
        ("", Outcome.BREACH, False),
        ("", Outcome.UNPROVEN, False),
        ("no-swap", Outcome.BREACH, True),
        ("no-swap", Outcome.CONTAINED, False),
        ("no-network", Outcome.CONTAINED, True),
        ("no-network", Outcome.BREACH, True),
    ],
)
def test_attack_is_expected_to_succeed_without_its_layer_only(
    ablation: str, outcome: Outcome, expected: bool
) -> None:
    finding = replace(judge(CATALOGUE["swap"], result()), outcome=outcome)
    trial = Trial(experiment=CATALOGUE["swap"], ablation=ablation, result=result(), finding=finding)
    assert trial.is_as_expected is expected


@pytest.mark.parametrize(
    ("stdout", "verdict", "expected"),
    [
        ("ATTEMPT be root: blocked (no)\n", Verdict.OK, Outcome.CONTAINED),
        ("ATTEMPT be root: blocked (no)\nATTEMPT x: succeeded\n", Verdict.OK, Outcome.BREACH),
        ("", Verdict.OK, Outcome.UNPROVEN),
        ("ATTEMPT be root: perhaps\n", Verdict.OK, Outcome.UNPROVEN),
        ("ATTEMPT be root: blocked (no)\n", Verdict.RUNTIME_ERROR, Outcome.UNPROVEN),
        ("ATTEMPT be root: blocked (no)\n", Verdict.INTERNAL_ERROR, Outcome.UNPROVEN),
    ],
)
def test_attack_without_evidence_is_judged_by_its_report(
    stdout: str, verdict: Verdict, expected: Outcome
) -> None:
    found = judge(CATALOGUE["be-root"], result(verdict, stdout))
    assert found.outcome is expected
    assert found.rests_on == "the program's own report, because no counter shows it"


def reason(slug: str, *args: Any, ablation: str = "", **kwargs: Any) -> str:
    return judge(CATALOGUE[slug], result(*args, **kwargs), ablation).reason


@pytest.mark.parametrize(
    ("slug", "verdict", "seen", "expected"),
    [
        (
            "memory-bomb",
            Verdict.MEMORY_LIMIT_EXCEEDED,
            {"oom_kills": 1},
            "Contained by the memory limit: the kernel killed a process at 128 MiB.",
        ),
        (
            "memory-bomb",
            Verdict.MEMORY_LIMIT_EXCEEDED,
            {"oom_kills": 4},
            "Contained by the memory limit: the kernel killed 4 processes at 128 MiB.",
        ),
        (
            "fork-bomb",
            Verdict.PROCESS_LIMIT_EXCEEDED,
            {"pids_refusals": 1},
            "Contained by the process limit: the 65th process was refused.",
        ),
        (
            "fork-bomb",
            Verdict.PROCESS_LIMIT_EXCEEDED,
            {"pids_refusals": 43},
            "Contained by the process limit: the kernel refused 43 processes above 64.",
        ),
        (
            "inode-fill",
            Verdict.DISK_LIMIT_EXCEEDED,
            {"disk_full": True},
            "Contained by the limit on files: the file system was full at 2,048 files.",
        ),
        (
            "orphans",
            Verdict.OK,
            {"processes_at_end": 1},
            "Contained by the supervisor and the PID namespace: the process left behind was killed.",
        ),
    ],
)
def test_reason_is_one_sentence_for_a_person(
    slug: str, verdict: Verdict, seen: dict[str, Any], expected: str
) -> None:
    assert reason(slug, verdict, **seen) == expected


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        (["blocked (EPERM)"], "the attempt was blocked (EPERM, operation not permitted)."),
        (["blocked"], "the attempt was blocked."),
        (["blocked", "blocked"], "both attempts were blocked."),
        (["blocked (a)"] * 3, "all 3 attempts were blocked (a)."),
        (["blocked (a)", "blocked (b)"], "both attempts were blocked (the last: b)."),
    ],
)
def test_reason_counts_blocked_attempts(attempts: list[str], expected: str) -> None:
    stdout = "".join(f"ATTEMPT try: {end}\n" for end in attempts)
    found = reason("io-uring", stdout=stdout)
    assert found == f"Contained by the system call filter: {expected}"


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        (["succeeded (all of it)"], "The attack succeeded: “try” (all of it)."),
        (["succeeded", "blocked"], "1 of 2 attempts succeeded: “try”."),
        (["succeeded"] * 2, "All 2 attempts succeeded: “try”, “try”."),
        (["succeeded"] * 4, "All 4 attempts succeeded, among them “try”, “try”, “try”."),
    ],
)
def test_reason_of_a_breach_quotes_what_succeeded(attempts: list[str], expected: str) -> None:
    assert (
        reason("io-uring", stdout="".join(f"ATTEMPT try: {end}\n" for end in attempts)) == expected
    )


def test_reason_gives_no_credit_to_a_weakened_layer() -> None:
    said = "ATTEMPT be root: blocked (no)\n"
    found = reason("be-root", stdout=said, ablation="seccomp")
    assert found == "Contained by the unprivileged user: the attempt was blocked (no)."
    found = reason("be-root", stdout=said, ablation="capabilities")
    assert found.startswith(
        "Contained, even with the unprivileged user and the system call filter weakened"
    )


def test_reason_quotes_only_the_beginning_of_a_long_text() -> None:
    said = f"ATTEMPT {'x' * 10_000}: succeeded ({'y' * 10_000})\n"
    assert len(reason("be-root", stdout=said)) < 300


def test_facts_name_the_counters_in_words() -> None:
    seen = result(Verdict.MEMORY_LIMIT_EXCEEDED, oom_kills=1, signal=9, memory=128 * MiB)
    assert judge(CATALOGUE["memory-bomb"], seen).facts == (
        "The kernel killed 1 process for memory (oom_kill).",
        "Ended by signal 9 (SIGKILL).",
        "Memory: 128 MiB at most, of 128 MiB allowed.",
    )


def test_every_layer_has_a_phrase_for_sentences() -> None:
    assert sentences.PHRASES.keys() == LAYERS.keys()


def test_every_field_of_evidence_has_a_sentence() -> None:
    assert {one.evidence for one in CATALOGUE.values()} - {""} == sentences.EVIDENCE.keys()


# Path and references.


def test_path_for_newcomers_has_eight_attacks_and_ends_in_the_catalogue() -> None:
    assert len(START_HERE) == len(set(START_HERE)) == 8
    seen, one = [], CATALOGUE[START_HERE[0]]
    for _ in START_HERE:
        seen.append(one.family)
        one = next_after(one)
    assert tuple(seen) == START_HERE
    assert one.family not in START_HERE


@pytest.mark.parametrize("slug", CATALOGUE)
def test_every_attack_has_a_next_one_in_its_language_if_there_is_one(slug: str) -> None:
    with offering(*LANGUAGES):
        following = next_after(CATALOGUE[slug])
    assert following.family != CATALOGUE[slug].family
    languages = {one.language for one in ATTACKS[following.family]}
    assert following.language == CATALOGUE[slug].language or (
        CATALOGUE[slug].language not in languages
    )


def test_site_has_the_attacks_in_the_languages_that_it_offers() -> None:
    with offering("python", "c"):
        attacks = offered_attacks()
        assert [one.slug for one in attacks["fork-bomb"]] == ["fork-bomb", "fork-bomb-c"]
        assert [one.slug for one in attacks["compile-bomb"]] == ["compile-bomb"]
    with offering("python"):
        attacks = offered_attacks()
        assert "compile-bomb" not in attacks  # its programs are in compiled languages alone
        assert attacks.keys() == {
            one.family for one in CATALOGUE.values() if one.language == "python"
        }
        assert {next_after(one).language for one in CATALOGUE.values()} == {"python"}


def test_path_for_newcomers_is_in_the_language_that_every_site_offers() -> None:
    assert {ATTACKS[family][0].language for family in START_HERE} == {DEFAULT_LANGUAGE}


def test_language_may_end_with_a_verdict_of_its_own() -> None:
    assert CATALOGUE["dropped-binary"].verdicts == {Verdict.OK}
    assert CATALOGUE["dropped-binary-sql"].verdicts == {Verdict.RUNTIME_ERROR}


def test_path_that_names_an_unknown_attack_is_refused() -> None:
    with pytest.raises(CatalogueError, match="start_here"):
        catalogue.load_path({"swap": ()})


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("CWE-835", "https://cwe.mitre.org/data/definitions/835.html"),
        ("CVE-2019-5736", "https://www.cve.org/CVERecord?id=CVE-2019-5736"),
        ("ATT&CK T1611", "https://attack.mitre.org/techniques/T1611/"),
        ("ATT&CK T1552.005", "https://attack.mitre.org/techniques/T1552/005/"),
    ],
)
def test_reference_leads_to_its_page(reference: str, address: str) -> None:
    assert address_of(reference) == address


def test_ablation_raises_limits_and_lowers_none() -> None:
    for ablation in ABLATIONS.values():
        high = Limits(wall_seconds=99, memory_bytes=1 << 40)
        weak = ablation.limits_for(high)
        assert all(getattr(weak, one.name) >= getattr(high, one.name) for one in fields(Limits))
