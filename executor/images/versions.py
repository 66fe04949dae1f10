"""Reads the versions of the runtimes from the sandbox images."""

from ..conf import config
from ..languages import Language
from ..sandbox import engine
from ..sandbox.spec import LABEL_RUNTIME


def runtime_version(language: Language) -> str:
    """Read the runtime's version from the image's label, such as "Python 3.13.5". Raises EngineError."""
    found = engine.image(f"{config().image_prefix}-{language.image}")
    labels: dict[str, str] = found["Config"]["Labels"] or {}
    return labels.get(LABEL_RUNTIME, "")
