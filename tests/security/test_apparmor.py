"""AppArmor's part in a slot, on a machine whose engine uses AppArmor; elsewhere these are skipped."""

from textwrap import dedent
from typing import Any

import pytest

from executor import EngineError
from executor.sandbox import apparmor
from executor.sandbox.spec import STEPS_ARGUMENT
from tests.support.sandboxes import make_spec
from tests.support.slots import run_in, slot, slot_spec

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("slots")]


@pytest.fixture(scope="module", autouse=True)
def _engine_uses_apparmor() -> None:
    if not apparmor.is_used():
        pytest.skip("the engine does not use AppArmor")


def printed(spec: dict[str, Any], code: str) -> str:
    with slot(spec) as sandbox:
        _, output = run_in(sandbox, dedent(code))
        assert output.stderr.text == ""
        return output.stdout.text


LABEL = 'print(open("/proc/self/attr/current").read().strip("\\n\\0"))'


@pytest.mark.parametrize("forks", [False, True], ids=["exec", "fork"])
def test_program_in_a_slot_is_under_both_profiles(instance: str, forks: bool) -> None:
    label = printed(slot_spec("python", instance=instance, forks=forks), LABEL)
    assert label == f"{apparmor.PROGRAM_PROFILE}//&{apparmor.SLOT_PROFILE} (enforce)\n"


def test_program_in_a_container_of_its_own_is_under_the_engines_profile(instance: str) -> None:
    assert printed(make_spec(instance=instance), LABEL) == "docker-default (enforce)\n"


MOUNTS = """
    import ctypes, os, signal
    libc = ctypes.CDLL(None, use_errno=True)
    NEWUSER_AND_NEWNS, NOSUID_NODEV_NOEXEC = 0x10000000 | 0x20000, 2 | 4 | 8
    child = libc.syscall(56, NEWUSER_AND_NEWNS | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(libc.mount(b"none", b"/tmp", b"tmpfs", NOSUID_NODEV_NOEXEC, None) != 0)
    # As the supervisor may mount: its profile allows no other kind.
    if child > 0 and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0: print("BREACH: a mount")
"""


@pytest.mark.parametrize(
    ("left_out", "breach"),
    [((), False), (("filter",), False), (("filter", "stack"), True)],
    ids=["both layers", "without the filter", "without the filter and the profile"],
)
def test_programs_profile_stops_mounts_that_the_filter_would_not(
    monkeypatch: pytest.MonkeyPatch, instance: str, left_out: tuple[str, ...], breach: bool
) -> None:
    original = apparmor.with_profiles

    def weakened(spec: dict[str, Any]) -> dict[str, Any]:
        spec = original(spec)
        words = tuple(f"nest={word} " for word in left_out)
        kept = [part for part in spec["Entrypoint"] if not (words and part.startswith(words))]
        return {**spec, "Entrypoint": kept}

    monkeypatch.setattr(apparmor, "with_profiles", weakened)
    assert ("BREACH" in printed(slot_spec("python", instance=instance), MOUNTS)) is breach


def test_program_can_neither_leave_its_profile_nor_take_on_another(instance: str) -> None:
    code = """
        attempts = ("changeprofile unconfined", "changeprofile docker-default", "stack unconfined")
        for order in attempts:
            for file in ("current", "exec"):
                try:
                    with open(f"/proc/self/attr/apparmor/{file}", "w") as attribute:
                        attribute.write(order)
                    print("BREACH:", order)
                except OSError: pass
    """
    assert printed(slot_spec("python", instance=instance), code) == ""


def test_slot_under_the_engines_own_profile_does_not_start(
    monkeypatch: pytest.MonkeyPatch, instance: str
) -> None:
    """So our profiles are needed, and a machine without them has no slots."""
    monkeypatch.setattr(apparmor, "with_profiles", lambda spec: spec)
    spec = slot_spec("python", instance=instance)
    assert not spec["Entrypoint"][STEPS_ARGUMENT].startswith("nest=stack")
    with pytest.raises(EngineError, match=r"nest: .+: Permission denied"), slot(spec):
        pass


def test_signal_to_the_first_process_of_a_nest_is_ignored_not_refused(instance: str) -> None:
    """A refusal would be a line in the host's log, as often as the program likes."""
    code = (
        "import os, signal\nfor number in (0, signal.SIGTERM, signal.SIGKILL): os.kill(1, number)"
    )
    assert printed(slot_spec("python", instance=instance), code + "\nprint(1)") == "1\n"
