"""Creates sandboxes, each with a user id and a name of its own."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..conf import ExecutorConfig
from ..errors import EngineError, ImageMissing, NameTaken
from ..languages import Language
from ..limits import Limits
from ..sandbox import engine
from ..sandbox.ablations import Spec
from ..sandbox.container import BOOT_SECONDS, Sandbox
from ..sandbox.spec import LABEL_OWNER, LABEL_POOL, LABEL_SOURCE, container_spec
from .holdings import Holdings
from .users import UserIds

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """What sandboxes of a language are made of."""

    image: str
    """The image's id."""
    hash: str
    """Of the sources that the image was built from."""


def start_held(holdings: Holdings, spec: Spec, boot_seconds: float = BOOT_SECONDS) -> Sandbox:
    """Start a sandbox that the holdings label, and whose name they keep until it is gone. Raises
    EngineError, or NameTaken if another one, of any process, has the name."""
    name = str(spec["name"])
    spec = {**spec, "Labels": {**spec["Labels"], **holdings.labels}}
    if not holdings.hold(name):
        raise NameTaken(f"{name} is held by this process")
    try:
        return Sandbox.start(spec, boot_seconds)
    except NameTaken:
        holdings.drop(name)
        raise
    except BaseException as error:
        holdings.lose(name, error)
        raise


class Creator:
    """Creates the sandboxes of one pool; thread-safe."""

    def __init__(self, settings: ExecutorConfig, holdings: Holdings) -> None:
        self._settings = settings
        self._holdings = holdings
        self._user_ids = UserIds(settings.uids)
        self._lock = threading.Lock()
        self._sources: dict[str, Source] = {}
        """By the image's name."""
        self._passed_over: set[str] = set()
        self.created = 0
        self.failures = 0

    def create(
        self,
        language: Language,
        limits: Limits | None = None,
        *,
        read_only: bool,
        nested: bool = False,
        weaken: Callable[[Spec], Spec] | None = None,
    ) -> Sandbox:
        """Start a sandbox, a slot if it is `nested`, by default with the language's own limits; `weaken`
        changes the arguments of its creation. Raises EngineError."""
        image = self.image(language)
        limits = limits or language.limits(self._settings.limits)
        for uid in self._user_ids.candidates():
            spec = container_spec(
                language,
                limits,
                image=image,
                instance=self._settings.instance,
                owner=self._holdings.labels[LABEL_OWNER],
                pool=self._holdings.labels[LABEL_POOL],
                runtime=self._settings.runtime,
                uid=uid,
                read_only=read_only,
                nested=nested,
                forks=self._settings.boot == "fork",
            )
            try:
                spec = weaken(spec) if weaken else spec
                if sandbox := self._start(spec, language.boot_seconds):
                    return sandbox
            except EngineError as error:
                with self._lock:
                    self.failures += 1
                    if isinstance(error, ImageMissing):
                        self._sources.clear()  # somebody has removed one that we keep to
                raise
        raise EngineError("no user id is free: give EXECUTOR_UIDS a larger range")

    def image(self, language: Language) -> str:
        """Look up the id of the image to make the language's sandboxes of. Raises EngineError.

        A new image is used at once if it has the same sources, with Debian's updates for instance. One of
        other sources belongs to another version of this code, whose processes have yet to start: its
        supervisor may speak another protocol. The image of before then serves until this process ends.
        """
        name = f"{self._settings.image_prefix}-{language.image}"
        found = engine.image(name)
        new = Source(found["Id"], (found["Config"]["Labels"] or {}).get(LABEL_SOURCE, ""))
        with self._lock:
            kept = self._sources.setdefault(name, new)
            if new.hash == kept.hash:
                self._sources[name] = new
                return new.image
            is_news = new.image not in self._passed_over
            self._passed_over.add(new.image)
        if is_news:
            logger.warning("%s now has other sources: restart to use it", name)
        return kept.image

    def _start(self, spec: Spec, boot_seconds: float) -> Sandbox | None:
        """Start a sandbox; None if another one, of any process, has the name."""
        try:
            sandbox = start_held(self._holdings, spec, boot_seconds)
        except NameTaken:
            return None
        with self._lock:
            self.created += 1
        return sandbox
