"""Makes docs/experiments from the catalogue and from the record of a drill."""

from collections import Counter
from collections.abc import Iterator

from ..languages import LANGUAGES
from ..sandbox.ablations import ABLATIONS, IN_A_SLOT
from ..sandbox.layers import LAYERS
from .catalogue import ATTACKS, CATALOGUE, Experiment, by_category
from .outcomes import Outcome
from .record import Record
from .references import address_of

MARKS = {Outcome.CONTAINED: "·", Outcome.BREACH: "**B**", Outcome.UNPROVEN: "?", None: ""}
HEAD = """\
# Experiments

`manage.py sandbox_drill --ablate --record` makes these pages from `executor/experiments/` and from real
runs; the tests compare. Do not edit."""


def pages(record: Record) -> dict[str, str]:
    """Make all pages: text by file name."""
    made = {"README.md": "\n".join(_overview(record))}
    for category, experiments in by_category():
        made[f"{slug_of(category)}.md"] = "\n".join(_category(category, experiments, record))
    return made


def slug_of(category: str) -> str:
    return category.lower().replace(" ", "-")


def _overview(record: Record) -> Iterator[str]:
    place = record.place
    yield HEAD
    yield ""
    contained = sum(record.outcome(slug) is Outcome.CONTAINED for slug in CATALOGUE)
    yield (
        f"Last run on {record.date}, on Docker {place['engine']} with {place['runtime']}, Linux"
        f" {place['kernel']}, control groups v{place['cgroups']}: **{contained} of"
        f" {len(CATALOGUE)} programs contained.**"
    )
    yield ""
    counted = Counter(LANGUAGES[one.language].label for one in CATALOGUE.values())
    by_language = ", ".join(f"{count} in {label}" for label, count in counted.most_common())
    yield (
        f"There are {len(ATTACKS)} attacks. Some are written in several languages, which makes"
        f" {len(CATALOGUE)} programs: {by_language}. A site has those in the languages that it offers"
        " (`EXECUTOR_LANGUAGES`)."
    )
    yield ""
    for category, experiments in by_category():
        names = ", ".join(one.title for one in experiments if one.slug == one.family)
        yield f"* [{category}]({slug_of(category)}.md): {names}"
    yield from _layers(record)
    yield from _matrix(record)
    yield from _slots(record)


def _layers(record: Record) -> Iterator[str]:
    yield ""
    yield "## The effect of each layer"
    yield ""
    yield (
        f"The drill can weaken {len(ABLATIONS)} of the {len(LAYERS)} layers. More than a third of these"
        " are limits that are raised; the others are switched off. Each was weakened in turn. These"
        " attacks got through:"
    )
    yield ""
    yield "| without the layer | change | gets through |"
    yield "|---|---|---|"
    for slug, ablation in ABLATIONS.items():
        through = [one for one in CATALOGUE if record.outcome(one, slug) is Outcome.BREACH]
        helped = f" (and {', '.join(ablation.helped_by)})" if ablation.helped_by else ""
        yield f"| {ablation.layer}{helped} | {ablation.change} | {', '.join(through)} |"
    yield ""
    yield "The other layers cannot be switched off. They are attacked too:"
    yield ""
    yield "| layer | stops | attacked by |"
    yield "|---|---|---|"
    for layer, described in LAYERS.items():
        if layer not in {ablation.layer for ablation in ABLATIONS.values()}:
            by = [one.slug for one in CATALOGUE.values() if layer in one.all_layers]
            yield f"| {layer} | {described.stops} | {', '.join(by) or 'tests/security'} |"


def _matrix(record: Record) -> Iterator[str]:
    columns = {slug: one for slug, one in ABLATIONS.items() if not one.nested}
    yield ""
    yield "## Every attack against each weakened layer"
    yield ""
    yield (
        "· contained, **B** gets through (breach), ? inconclusive. The columns are the weakened layers:"
    )
    yield ""
    yield (
        ", ".join(f"{number} {one.layer}" for number, one in enumerate(columns.values(), 1)) + "."
    )
    yield ""
    yield "| attack | all layers | " + " | ".join(map(str, range(1, len(columns) + 1))) + " |"
    yield "|---" * (len(columns) + 2) + "|"
    for slug in CATALOGUE:
        cells = [MARKS[record.outcome(slug, ablation)] for ablation in ("", *columns)]
        yield f"| {slug} | {' | '.join(cells)} |"


def _slots(record: Record) -> Iterator[str]:
    yield ""
    yield "## Attacks on the layers of nested sandboxes"
    yield ""
    yield (
        "In a slot each run has a nested sandbox. Its layers are attacked in a slot that serves this"
        " attack alone, twice: the second run may find what the first has left. Only attacks that such"
        " a layer stops are tried without it."
    )
    yield ""
    yield "| attack | in a slot as it is | without the layer | result |"
    yield "|---|---|---|---|"
    for slug, one in CATALOGUE.items():
        for ablation in ABLATIONS.values():
            if ablation.nested and one.is_tried_without(ablation.slug):
                whole = _in_words(record.outcome(slug, IN_A_SLOT.slug))
                result = _in_words(record.outcome(slug, ablation.slug))
                yield f"| {slug} | {whole} | {ablation.layer} | {result} |"
    yield ""


def _in_words(outcome: Outcome | None) -> str:
    return {Outcome.BREACH: "**gets through**", None: "not tried"}.get(outcome, str(outcome))


def _category(category: str, experiments: list[Experiment], record: Record) -> Iterator[str]:
    yield f"# {category}"
    yield ""
    yield f"Made from the runs of {record.date}. [All experiments](README.md)"
    for experiment in experiments:
        if experiment.slug == experiment.family:
            same = [one for one in experiments if one.family == experiment.family]
            yield from _experiment(same, record)
    yield ""


def _experiment(same: list[Experiment], record: Record) -> Iterator[str]:
    first = same[0]
    yield ""
    yield f"## {first.title}"
    yield ""
    yield first.tries
    yield ""
    folder = "../../executor/experiments"
    for one in same:
        yield f"* `{one.slug}`: [{one.file}]({folder}/{one.file})"
        cell = record.seen.get(one.slug, {}).get("")
        yield (
            f"  * result: `{cell['verdict']}`, {_plain(cell['reason'])}"
            if cell
            else "  * not run yet"
        )
        for slug, ablation in ABLATIONS.items():
            if record.outcome(one.slug, slug) is Outcome.BREACH:
                reason = _plain(record.seen[one.slug][slug]["reason"])
                yield f"  * without {ablation.layer} ({ablation.change}): {reason}"
    yield ""
    yield f"Stopped by: {', '.join(first.layers)}."
    if first.in_slot:
        yield f"In a slot: {', '.join(first.in_slot)}."
    known_by = f"the evidence `{first.evidence}`" if first.evidence else "the program's own report"
    yield f"How we know: {known_by}."
    yield ""
    yield first.teaches
    yield ""
    yield f"What plain Docker would miss: {first.beyond}"
    yield ""
    links = ", ".join(f"[{one}]({address_of(one)})" for one in first.references)
    yield f"References: {links}."


def _plain(text: str) -> str:
    """Escape Markdown."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")
