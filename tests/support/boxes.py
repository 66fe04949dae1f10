"""Runs with files, in a container each or one after another in slots."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from executor import (
    Cancellation,
    Keyboard,
    Limits,
    RunEvent,
    RunRequest,
    default_limits,
    this_process,
)
from executor.conf import config
from executor.execute import ignore
from executor.languages import LANGUAGES
from executor.sandbox.container import Report, Sandbox
from executor.sandbox.output import Output
from executor.sandbox.spec import container_spec

from .sandboxes import USER_IDS
from .waiting import PATIENCE_SECONDS


@dataclass(slots=True)
class Boxes:
    """Sandboxes of one lane. A slot serves until it ends."""

    nested: bool
    instance: str
    image: str = ""
    """Another one than the language's."""
    supervisor: str = ""
    """Another one than the image's usual."""
    weaken: Callable[[dict[str, Any]], None] = lambda spec: None
    """Changes what a sandbox is made from."""
    _slots: dict[tuple[str, Limits], Sandbox] = field(default_factory=dict, init=False)
    again: int = 0
    """Runs that were not their slot's first."""

    def run(
        self,
        code: str,
        language: str = "python",
        limits: dict[str, Any] | None = None,
        keyboard: Keyboard | None = None,
        on_event: Callable[[RunEvent], None] = ignore,
        **more: Any,
    ) -> tuple[Report, Output]:
        """Run a program as its user's request asks."""
        asked = replace(default_limits(), **(limits or {}))
        request = RunRequest(code=code, language=language, limits=asked, **more)
        key = (language, asked)
        sandbox = self._slots.pop(key, None)
        self.again += sandbox is not None
        sandbox = sandbox or Sandbox.start(self._spec(language, asked))
        output = Output(asked.output_bytes, on_event)
        try:
            report = sandbox.run(request, output, Cancellation(), keyboard)
            if sandbox.settle(PATIENCE_SECONDS):
                self._slots[key] = sandbox
        finally:
            if self._slots.get(key) is not sandbox:
                sandbox.destroy()
        return report, output

    def _spec(self, language: str, limits: Limits) -> dict[str, Any]:
        spec = container_spec(
            LANGUAGES[language],
            limits,
            image=self.image or f"{config().image_prefix}-{LANGUAGES[language].image}",
            instance=self.instance,
            owner=this_process(),
            runtime=config().runtime,
            uid=next(USER_IDS.candidates()),
            nested=self.nested,
            forks=self.nested,
        )
        if self.supervisor:
            spec["Entrypoint"] = [self.supervisor, *spec["Entrypoint"][1:]]
        self.weaken(spec)
        return spec

    def close(self) -> None:
        for sandbox in self._slots.values():
            sandbox.destroy()


@contextmanager
def boxes(*, nested: bool, instance: str, **more: Any) -> Iterator[Boxes]:
    made = Boxes(nested=nested, instance=instance, **more)
    try:
        yield made
    finally:
        made.close()
