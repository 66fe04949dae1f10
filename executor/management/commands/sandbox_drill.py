"""Runs the attacks of the catalogue and reports which were contained."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from executor import (
    ABLATIONS,
    EngineError,
    InvalidRequest,
    lane_in_words,
    lane_state,
    offered,
    settings_snapshot,
    shutdown,
    warm_up,
)
from executor.experiments import (
    CATALOGUE,
    Experiment,
    Outcome,
    documents,
    is_offered,
    record,
    walkthrough,
)
from executor.experiments.drill import drill
from executor.experiments.outcomes import Trial
from executor.pool.pool import pool
from executor.sandbox import engine
from executor.sandbox.ablations import IN_A_SLOT
from executor.sandbox.probe import probe

LANGUAGES_OF_ATTACKS = {one.language: one.language for one in CATALOGUE.values()}
MARKS = {Outcome.CONTAINED: "contained", Outcome.BREACH: "BREACH", Outcome.UNPROVEN: "UNPROVEN"}


class Command(BaseCommand):
    help = (
        "Runs all attacks of the catalogue in the languages that EXECUTOR_LANGUAGES names; fails if one"
        " is not contained. With --ablate it also removes each layer in turn, and fails if an attack that"
        " must get through without it does not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "slugs",
            nargs="*",
            metavar="experiment",
            help="run only these; write them before any option",
        )
        parser.add_argument(
            "--language",
            nargs="+",
            metavar="LANGUAGE",
            help=f"run only the attacks in these languages: {', '.join(LANGUAGES_OF_ATTACKS)}",
        )
        parser.add_argument(
            "--ablate",
            nargs="*",
            metavar="LAYER",
            help=f"remove each layer in turn, or only these: {', '.join(ABLATIONS)}",
        )
        parser.add_argument(
            "--slots",
            action="store_true",
            help="run them as runs of one user, in slots where their limits are the usual ones"
            " (needs EXECUTOR_ISOLATION=auto); fails if none ran in a slot",
        )
        parser.add_argument("--jobs", type=int, default=2, help="attacks at a time (2)")
        parser.add_argument("--json", action="store_true", help="print JSON at the end")
        parser.add_argument(
            "--record",
            action="store_true",
            help="keep the results for the lab's pages and the home page, and renew docs/experiments",
        )

    def handle(self, *args: str, **options: Any) -> None:
        experiments = _chosen(options["slugs"], options["language"] or ())
        if options["slots"] and (options["ablate"] is not None or options["record"]):
            raise CommandError("--slots: a user's slot is never weakened, and the record has none")
        trials = []
        try:
            for trial in self._trials(experiments, options):
                trials.append(trial)
                if not options["json"]:
                    self._show(trial)
        except (EngineError, InvalidRequest) as error:
            raise CommandError(str(error)) from error
        finally:
            shutdown()
        if options["json"]:
            self.stdout.write(json.dumps(record.plain(trials), indent=1))
        if options["record"]:
            _keep(trials)
        unexpected = [trial for trial in trials if not trial.is_as_expected]
        in_slots = sum(trial.result.lane == "slot" for trial in trials)
        where = f", {in_slots} in slots" if options["slots"] else ""
        self.stderr.write(f"{len(trials)} attacks{where}, {len(unexpected)} not as expected")
        if options["slots"] and not in_slots:
            raise CommandError("--slots: no attack ran in a slot, so nothing is shown of slots")
        if unexpected:
            sys.exit(1)

    def _trials(self, experiments: list[Experiment], options: dict[str, Any]) -> Iterator[Trial]:
        """Run the attacks with all layers, then without each layer that the options name.

        `--ablate` without a name means all of them; with names, the attacks do not run with all layers.
        """
        jobs, ablate = options["jobs"], options["ablate"]
        if options["slots"]:
            _find_slots()
            yield from drill(experiments, jobs=jobs, owner="drill")
            return
        named = [_known(slug, ABLATIONS, "layer").slug for slug in ablate or ()]
        if not named:
            yield from drill(experiments, jobs=jobs)
        if ablate is None:
            return
        layers = named or list(ABLATIONS)
        for layer in layers:
            if not ABLATIONS[layer].nested:
                yield from drill(experiments, layer, jobs=jobs)
        yield from self._in_slots(
            experiments, [layer for layer in layers if ABLATIONS[layer].nested], jobs
        )

    def _in_slots(
        self, experiments: list[Experiment], layers: list[str], jobs: int
    ) -> Iterator[Trial]:
        """Run the attacks on these layers of nested sandboxes: in a slot as it is, then without each.

        Where the machine has no slots nothing is tried, which says nothing about the layers.
        """
        tried = {
            layer: [one for one in experiments if one.is_tried_without(layer)] for layer in layers
        }
        attacks = [one for one in experiments if any(one in some for some in tried.values())]
        if not attacks:
            return
        if (found := probe()).lane != "slot":
            why = f"this machine has no slots ({found.step}: {found.reason})"
            for layer, some in tried.items():
                for one in some:
                    self.stderr.write(f"{one.slug}{_without(layer)}: not tried: {why}")
            return
        yield from drill(attacks, IN_A_SLOT.slug, jobs=jobs)
        for layer, some in tried.items():
            yield from drill(some, layer, jobs=jobs)

    def _show(self, trial: Trial) -> None:
        without = _without(trial.ablation)
        expected = "" if trial.is_as_expected else "NOT AS EXPECTED: "
        outcome = MARKS[trial.finding.outcome]
        line = f"{expected}{trial.experiment.slug}{without}: {outcome}: {trial.finding.reason}"
        self.stdout.write(line)


def _without(ablation: str) -> str:
    if ablation == IN_A_SLOT.slug:
        return " in a slot"
    return f" without {ABLATIONS[ablation].layer}" if ablation else ""


def _chosen(slugs: list[str], languages: Iterable[str]) -> list[Experiment]:
    """Return the experiments with these slugs, or all that this site offers, in these languages only if
    there are any."""
    for language in languages:
        _known(language, LANGUAGES_OF_ATTACKS, "attack in the language")
        if language not in offered():
            raise CommandError(f"EXECUTOR_LANGUAGES does not name {language}")
    named = [_known(slug, CATALOGUE, "experiment") for slug in slugs]
    experiments = named or [one for one in CATALOGUE.values() if is_offered(one)]
    return [one for one in experiments if not languages or one.language in languages]


def _known(slug: str, among: dict[str, Any], what: str) -> Any:
    if slug not in among:
        raise CommandError(f"there is no {what} {slug!r}")
    return among[slug]


def _find_slots() -> None:
    warm_up()
    pool().decide_lane()
    if lane_state().lane != "slot":
        raise CommandError(lane_in_words(lane_state()))


def _keep(trials: list[Trial]) -> None:
    info = engine.information()
    place = {
        "engine": info["ServerVersion"],
        "runtime": settings_snapshot()["runtime"],
        "kernel": info["KernelVersion"].partition("-")[0],  # the version; the rest names a build
        "cgroups": info.get("CgroupVersion", "1"),
    }
    date = datetime.now(UTC).date().isoformat()
    walkthrough.keep(trials, date)
    new = record.of(trials, date=date, place=place)
    file = record.FILE
    whole = record.merged(record.read(file), new) if file.exists() else new
    record.write(whole, file)
    folder = Path(settings.BASE_DIR) / "docs" / "experiments"
    folder.mkdir(exist_ok=True)
    for name, text in documents.pages(whole).items():
        (folder / name).write_text(text)
