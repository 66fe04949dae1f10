"""A slot after ten thousand runs holds what it held after the first thousand.

`make test-slots-soak` (SLOT_RUNS=10000) sends them to a service over HTTP. The suite has a short form,
in a slot of its own.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple, replace
from uuid import uuid4

import pytest

from executor.sandbox.container import Sandbox
from tests.support.held import PARTS, Held, Slot, allowed, grown, tenths
from tests.support.slots import run_in, skip_without_slots, slot, slot_spec
from tests.support.waiting import PATIENCE_SECONDS
from tools.benchmark.report import table
from tools.site import service

RUNS = int(os.environ.get("SLOT_RUNS", "0"))
EVERY = 10
"""Runs between two samples."""
LEAST_RUNS = 1000
"""The first tenth of them is enough for each thread of the service to connect to engine and database."""
FEW_RUNS, FEWER_RUNS = 80, 20
PROGRAMS = {
    "python": "import os\nopen('/tmp/x', 'w').write('x' * 10000)\nprint(2 + 2)",
    "javascript": "require('fs').writeFileSync('/tmp/x', 'x'.repeat(10000))\nconsole.log(2 + 2)",
}
KINDS = [
    ("python", "exec", 1.0),
    ("python", "fork", 1.0),
    ("javascript", "exec", 0.1),
    ("javascript", "fork", 0.5),
]
"""Language, boot, and the part of SLOT_RUNS that it gets."""

pytestmark = [
    pytest.mark.docker,
    pytest.mark.xdist_group("slots"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to look into cgroups and processes"),
]


@pytest.fixture(autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


def told(samples: Sequence[Held]) -> str:
    rows = [(number + 1, *one.values()) for number, one in enumerate(tenths(samples))]
    return table([("tenth", *allowed()), *rows])


@pytest.mark.skipif(not RUNS, reason="SLOT_RUNS says how many: make test-slots-soak")
@pytest.mark.parametrize(("language", "boot", "part"), KINDS)
def test_nothing_grows_in_a_slot_that_serves_thousands(
    language: str, boot: str, part: float
) -> None:
    runs = max(int(RUNS * part), LEAST_RUNS)
    samples = []
    with service(
        EXECUTOR_ISOLATION="auto",
        EXECUTOR_BOOT=boot,
        EXECUTOR_SLOT_RUNS=str(runs + 1),
        EXECUTOR_INSTANCE=f"soak-{os.getpid()}",
    ) as served:
        answers = [served.run(PROGRAMS[language], language).json()]
        place = Slot(answers[0]["sandbox"])
        for number in range(2, runs + 1):
            answers[1:] = [served.run(PROGRAMS[language], language).json()]
            assert answers[-1]["output"] == "4\n", (number, answers[-1])
            assert answers[-1]["sandbox"] == answers[0]["sandbox"], number
            if number % EVERY == 0:
                place.await_boot()
                samples.append(place.held(served.process.pid))
        assert answers[-1]["run_number"] == runs
    print(f"\n{runs} runs of {language}, {boot}")
    print(told(samples))
    assert grown(samples) == {}


def samples_of(
    sandbox: Sandbox, language: str, runs: int, after_each: Callable[[Slot], None]
) -> list[Held]:
    place = Slot(sandbox.container_id)
    samples = []
    for _ in range(runs):
        report, output = run_in(sandbox, PROGRAMS[language])
        assert report.evidence.exit_code == 0, output.stderr.text
        assert sandbox.settle(PATIENCE_SECONDS), sandbox.channel.complaint
        after_each(place)
        samples.append(place.held(os.getpid()))
    return samples


def spec(language: str, boot: str) -> dict[str, object]:
    instance = f"test-{uuid4().hex[:12]}"
    return slot_spec(language, instance=instance, forks=boot == "fork")


@pytest.mark.parametrize(
    ("language", "boot"), [("python", "exec"), ("python", "fork"), ("javascript", "fork")]
)
def test_nothing_grows_in_a_slot(language: str, boot: str) -> None:
    with slot(spec(language, boot)) as sandbox:
        samples = samples_of(sandbox, language, FEW_RUNS, lambda place: None)
    assert grown(samples) == {}, told(samples)


def test_namespaces_that_stay_are_memory_that_grows() -> None:
    with ExitStack() as kept, slot(spec("python", "fork")) as sandbox:

        def keep(place: Slot) -> None:
            """Hold the nest's namespaces, as somebody who forgets to close them."""
            for name in ("net", "mnt", "user"):
                kept.enter_context((place.nested()[0] / "ns" / name).open())

        samples = samples_of(sandbox, "python", FEWER_RUNS, keep)
    assert "kernel_kib" in grown(samples), told(samples)


@pytest.mark.parametrize("name", Held.__slots__)
def test_figure_that_grows_is_found(name: str) -> None:
    calm = Held(
        memory_kib=5000,
        kernel_kib=900,
        processes=4,
        zombies=0,
        files=30,
        namespaces=14,
        user_files=50,
        user_threads=20,
    )
    step = 2 * int(allowed()[name]) // 8 + 1
    samples = [
        replace(calm, **{name: getattr(calm, name) + step * number})
        for number in range(PARTS)
        for _ in range(5)
    ]
    assert set(grown(samples)) == {name}
    assert len(astuple(calm)) == len(allowed())
    assert grown([calm] * 50) == {}
