"""`manage.py check --deploy`: is what the sandboxes stand on really there?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from . import engine
from .conf import config
from .errors import EngineError
from .languages import LANGUAGES


@register(Tags.security, deploy=True)
def engine_can_confine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """The engine answers and its kernel has every layer that the spec asks for.

    Where a cgroup controller is missing, Docker only warns and starts the container without the
    limit.
    """
    try:
        info = engine.information()
    except EngineError as error:
        return [Error(str(error), hint="Start it: `make engine`.", id="executor.E001")]
    missing = [name for key, name in REQUIRED.items() if not info.get(key)]
    found: list[CheckMessage] = [
        Error(f"The engine's kernel has no {name}.", id="executor.E002") for name in missing
    ]
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        found.append(Error("The engine has no seccomp.", id="executor.E003"))
    if config().runtime not in (info.get("Runtimes") or {}):
        found.append(Error(f"The engine has no runtime {config().runtime!r}.", id="executor.E004"))
    if not info.get("SwapLimit"):
        found.append(
            Warning(
                "The kernel does not account for swap: a run may use as much swap as memory.",
                id="executor.W001",
            )
        )
    return found


@register(Tags.security, deploy=True)
def images_are_built(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """There is a sandbox image for each language."""
    found: list[CheckMessage] = []
    for slug in LANGUAGES:
        try:
            engine.image(f"{config().image_prefix}-{slug}")
        except EngineError as error:
            found.append(Error(str(error), id="executor.E005"))
    return found


REQUIRED = {
    "MemoryLimit": "memory limit",
    "PidsLimit": "process limit (pids cgroup)",
    "CpuCfsQuota": "CPU quota",
}
