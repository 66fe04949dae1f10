"""The languages that can be run: each folder here is one.

    python/
        __init__.py      LANGUAGE, the definition (language.py has the fields)
        diagnostics.py   how its error messages are read
        Dockerfile       what its image adds to the shared base (executor/images/)
        run.py           the runner, and whatever else the Dockerfile copies
        programs/        programs, and in programs.toml how each has to end

A language is an image plus a command, so it is deployed, not edited in an admin. There is no list
of them: a folder is all that a new one needs (CONTRIBUTING.md).
"""

from importlib import import_module
from pkgutil import iter_modules

from .language import Language

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Language"]

DEFAULT_LANGUAGE = "python"
"""The language of a request that names none."""


def _discovered() -> dict[str, Language]:
    """All languages by slug: the default one first, the others by what they are called."""
    folders = [module.name for module in iter_modules(__path__) if module.ispkg]
    found: list[Language] = [import_module(f"{__name__}.{name}").LANGUAGE for name in folders]
    if wrong := {language.slug for language in found} ^ set(folders):
        raise ValueError(f"a language's slug and its folder have one name: {sorted(wrong)}")
    found.sort(key=lambda language: (language.slug != DEFAULT_LANGUAGE, language.label))
    return {language.slug: language for language in found}


LANGUAGES = _discovered()
