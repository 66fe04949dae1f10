"""Reads what the labels of the sandbox images tell."""

import json
from dataclasses import dataclass, field

from ..conf import config
from ..errors import ImageMissing
from ..languages import Language
from ..sandbox import engine
from ..sandbox.spec import LABEL_PACKAGES, LABEL_RUNTIME


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """What is known of a language's image at the moment."""

    is_built: bool | None = None
    """None: the engine has not said."""
    runtime: str = ""
    """Name and version of the runtime, such as "Python 3.13.5"; empty if unknown."""
    packages: dict[str, str] = field(default_factory=dict)
    """Versions of the packages of an environment, by name."""


def image_of(language: Language) -> Image:
    """Look at the language's image. Raises EngineError if the engine does not answer."""
    try:
        found = engine.image(f"{config().image_prefix}-{language.image}")
    except ImageMissing:
        return Image(is_built=False)
    labels: dict[str, str] = found["Config"]["Labels"] or {}
    return Image(
        is_built=True,
        runtime=labels.get(LABEL_RUNTIME, ""),
        packages=json.loads(labels.get(LABEL_PACKAGES, "{}")),
    )
