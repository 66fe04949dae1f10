"""Runs programs in a slot of the tests' own, one after another, each in a nested sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from executor import LANGUAGES, Cancellation, EngineError, RunRequest, default_limits, this_process
from executor.conf import config
from executor.execute import ignore
from executor.languages import Language
from executor.limits import Limits
from executor.pool.owned import Lease
from executor.sandbox import engine
from executor.sandbox.container import Report, Sandbox
from executor.sandbox.output import Output
from executor.sandbox.probe import probe
from executor.sandbox.spec import container_spec
from executor.verdicts import Verdict, classify

from .sandboxes import USER_IDS
from .waiting import PATIENCE_SECONDS

PLAIN = {"name=seccomp", "name=cgroupns"}
"""Options of an engine that let it nest sandboxes. Others (AppArmor, SELinux, user ids) may forbid it."""
SWITCHES = ("user/max_user_namespaces", "kernel/unprivileged_userns_clone")
"""Files in /proc/sys with a 0 if the kernel forbids namespaces of users."""
HELD = ("attack", "settle")
"""Steps of the probe that fail in a sandbox that has started. No machine excuses them."""
LEAVE_MEMORY = """
    import os
    for number in range(60000):
        try: os.stat(f"/usr/lib/absent-{number}")
        except OSError: pass
"""
"""The kernel remembers which names are absent, some 20 MiB, as long as the container's file system is
there."""


def skip_without_slots() -> None:
    """Skip the test where engine or kernel forbids nested sandboxes, with the probe's reason.

    Without a sign that they do, nothing is skipped: then a probe that fails shows a defect in our code.
    """
    if not _may_be_forbidden():
        return
    found = probe()
    if found.lane == "container" and found.step not in HELD:
        pytest.skip(f"no slots here: {found.step}: {found.reason}")


def _may_be_forbidden() -> bool:
    options = engine.information().get("SecurityOptions") or ()
    switches = (Path("/proc/sys") / name for name in SWITCHES)
    return bool({option.split(",")[0] for option in options} - PLAIN) or any(
        switch.exists() and switch.read_text().strip() == "0" for switch in switches
    )


def slot_spec(
    language: str, *, instance: str, limits: Limits | None = None, forks: bool = False
) -> dict[str, Any]:
    return container_spec(
        LANGUAGES[language],
        limits or config().limits,
        image=f"{config().image_prefix}-{LANGUAGES[language].image}",
        instance=instance,
        owner=this_process(),
        runtime=config().runtime,
        uid=next(USER_IDS.candidates()),
        nested=True,
        forks=forks,
    )


@contextmanager
def slot(spec: dict[str, Any]) -> Iterator[Sandbox]:
    started = Sandbox.start(spec)
    try:
        yield started
    finally:
        started.destroy()


def run_in(sandbox: Sandbox, code: str, **request: Any) -> tuple[Report, Output]:
    """Run a program in a slot that is ready."""
    output = Output(64 * 1024, ignore)
    program = RunRequest(code=code, **{"limits": default_limits(), **request})
    return sandbox.run(program, output, Cancellation()), output


def printed(sandbox: Sandbox, code: str, **request: Any) -> str:
    """Run a program that must end with 0, and let the slot settle; return its output."""
    report, output = run_in(sandbox, dedent(code), **request)
    assert classify(report.evidence) is Verdict.OK, (output.stdout.text, output.stderr.text)
    assert sandbox.settle(PATIENCE_SECONDS), sandbox.channel.complaint
    return output.stdout.text


class Slots:
    """One slot for each kind of request, in place of the pool: a run gets the last one's if that may
    serve again."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._slots: dict[tuple[str, Limits], Sandbox] = {}
        self.again = 0
        """Runs that were not their slot's first."""

    @contextmanager
    def sandbox(self, language: Language, limits: Limits) -> Iterator[Lease]:
        key = (language.slug, limits)
        taken = self._slots.pop(key, None)
        sandbox = taken or Sandbox.start(
            slot_spec(language.slug, instance=self._instance, limits=limits)
        )
        self.again += taken is not None
        try:
            yield Lease(sandbox=sandbox, warm=taken is not None)
        except BaseException:
            sandbox.destroy()
            raise
        if sandbox.settle(PATIENCE_SECONDS):
            self._slots[key] = sandbox
        else:
            sandbox.destroy()

    def close(self) -> None:
        for sandbox in self._slots.values():
            with suppress(EngineError):
                sandbox.destroy()
