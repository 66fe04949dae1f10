"""Puts slots under their own AppArmor profiles, where the engine uses AppArmor.

The engine's own profile for containers refuses the mounts of a nested sandbox, so a slot needs another
one (apparmor.profile, installed by scripts/apparmor). Each program in a slot is under a second profile
too, which takes away again what the first one allows. Where they are not loaded, a slot does not start,
and the probe says so: nothing runs without them.
"""

from functools import cache
from typing import Any

from . import engine
from .spec import LABEL_ABLATION, LABEL_LANE, STEP, STEPS_ARGUMENT

SLOT_PROFILE = "safe-code-executor-slot"
PROGRAM_PROFILE = "safe-code-executor-program"
WORD = "apparmor"
"""What the engine calls it: among its security options, and where it can't apply a profile."""


@cache
def is_used() -> bool:
    """Ask the engine once per process. Raises EngineError if it does not answer."""
    options = engine.information().get("SecurityOptions") or ()
    return any(option.split(",")[0] == f"name={WORD}" for option in options)


def with_profiles(spec: dict[str, Any]) -> dict[str, Any]:
    """Name both profiles in the spec of a slot, if the engine uses AppArmor. In a weakened slot the
    program has none of its own: it could stop what the missing layer would."""
    if spec["Labels"][LABEL_LANE] != "slot" or not is_used():
        return spec
    host, entrypoint = spec["HostConfig"], spec["Entrypoint"]
    is_weakened = LABEL_ABLATION in spec["Labels"]
    steps = [] if is_weakened else [f"{STEP}stack {PROGRAM_PROFILE}"]
    return {
        **spec,
        "Entrypoint": [*entrypoint[:STEPS_ARGUMENT], *steps, *entrypoint[STEPS_ARGUMENT:]],
        "HostConfig": {
            **host,
            "SecurityOpt": [*host["SecurityOpt"], f"{WORD}={SLOT_PROFILE}"],
        },
    }
