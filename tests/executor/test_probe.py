"""Which languages the probe finds not forked. No engine is needed: the sandboxes are stood in for."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from executor import LANGUAGES, EngineError
from executor.conf import config
from executor.errors import EngineUnavailable, ImageMissing
from executor.sandbox import engine
from executor.sandbox import probe as probe_module
from executor.sandbox.container import Sandbox
from executor.sandbox.output import Output
from executor.sandbox.probe import FORK, Probe, probe

SLOT = Probe(lane="slot")
NO_ZYGOTE = "supervisor: fork: no zygote, so each run boots the runtime: no\nmemory"
ZYGOTES = ["python", "javascript", "javascript-packages", "python-data"]
"""Of the images that have one, in the order of the languages."""


@dataclass
class FakeSandbox:
    """A slot that holds, and what it does in the run of an empty program and after it."""

    image: str
    complaint: str = ""
    error: EngineError | None = None
    is_ready: bool = True

    @property
    def channel(self) -> "FakeSandbox":
        return self

    def run(self, request: Any, output: Output, cancellation: object) -> None:
        if request.code:
            output.stdout.write(b"held\n")
        elif self.error:
            raise self.error

    def settle(self, timeout: float) -> bool:
        return self.is_ready


@dataclass
class Machine:
    """Starts sandboxes, and keeps which: their images, and the seconds they had to boot."""

    sandboxes: dict[str, FakeSandbox] = field(default_factory=dict)
    """Of images whose sandbox is unlike others."""
    errors: dict[str, EngineError] = field(default_factory=dict)
    """Of images without a sandbox."""
    started: list[tuple[str, float]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def start(self, spec: dict[str, Any], boot_seconds: float) -> Sandbox:
        image = spec["Image"]
        self.started.append((image, boot_seconds))
        # The first sandbox is the one that is attacked.
        if len(self.started) > 1 and image in self.errors:
            raise self.errors[image]
        return cast(Sandbox, self.sandboxes.get(image) or FakeSandbox(image))

    def remove(self, sandbox: Sandbox) -> None:
        self.removed.append(sandbox.image)

    def probe(self) -> Probe:
        return probe(self.start, self.remove)

    def tried(self) -> list[str]:
        """The images of which a zygote was tried."""
        return [image for image, _ in self.started[1:]]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose engine has all images, for a site that offers all languages and forks them."""
    prefix = f"{config().image_prefix}-"
    monkeypatch.setattr(engine, "image", lambda name: {"Id": name.removeprefix(prefix)})
    chosen = replace(config(), boot="fork")
    monkeypatch.setattr(probe_module, "config", lambda: chosen)
    monkeypatch.setattr(probe_module, "offered", lambda: LANGUAGES)
    return Machine()


def test_one_language_of_each_image_with_a_zygote_is_tried(machine: Machine) -> None:
    assert machine.probe() == SLOT
    assert sorted(machine.tried()) == sorted(ZYGOTES)
    assert machine.removed == [image for image, _ in machine.started]


def test_language_gets_its_own_time_to_boot(machine: Machine) -> None:
    machine.probe()
    assert dict(machine.started) == {slug: LANGUAGES[slug].boot_seconds for slug in ZYGOTES}
    assert dict(machine.started)["python-data"] == 60


def test_first_language_without_a_zygote_is_named_with_the_supervisors_reason(
    machine: Machine,
) -> None:
    for image in ("javascript", "python-data"):
        machine.sandboxes[image] = FakeSandbox(image, complaint=NO_ZYGOTE)
    found = machine.probe()
    assert found == Probe(lane="slot", step=FORK, reason="javascript: no memory")
    assert machine.tried()[-1] == "javascript"


@pytest.mark.parametrize(
    "error", [ImageMissing("no such image"), EngineError("did not boot within 20 seconds")]
)
@pytest.mark.parametrize("part", ["start", "run"])
def test_language_that_does_not_run_is_passed_over(
    machine: Machine, error: EngineError, part: str
) -> None:
    if part == "start":
        machine.errors["javascript"] = error
    else:
        machine.sandboxes["javascript"] = FakeSandbox("javascript", error=error)
    machine.sandboxes["python-data"] = FakeSandbox("python-data", complaint=NO_ZYGOTE)
    assert machine.probe().reason == "python-data: no memory"


def test_slot_that_is_not_ready_again_in_time_is_no_slot_without_a_zygote(machine: Machine) -> None:
    """The machine may be busy."""
    machine.sandboxes["javascript"] = FakeSandbox("javascript", is_ready=False)
    assert machine.probe() == SLOT
    assert machine.tried()[-1] != "javascript"


def test_engine_that_goes_away_takes_back_no_lane_that_is_proven(machine: Machine) -> None:
    machine.errors["javascript"] = EngineUnavailable("away")
    assert machine.probe() == SLOT
    assert machine.tried()[-1] == "javascript"


def test_site_that_boots_each_runtime_tries_no_zygote(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = replace(config(), boot="exec")
    monkeypatch.setattr(probe_module, "config", lambda: chosen)
    assert machine.probe() == SLOT
    assert machine.tried() == []
