"""What the runtimes in the sandbox images call themselves."""

from ..conf import config
from ..languages import Language
from ..sandbox import engine
from ..sandbox.spec import LABEL_RUNTIME


def runtime_version(language: Language) -> str:
    """Such as "Python 3.11.2", from the image's label. Raises EngineError."""
    found = engine.image(f"{config().image_prefix}-{language.slug}")
    labels: dict[str, str] = found["Config"]["Labels"] or {}
    return labels.get(LABEL_RUNTIME, "")
