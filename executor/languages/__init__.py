"""The languages that the executor runs: each folder here is one.

    python/
        __init__.py      LANGUAGE, the definition (language.py has the fields)
        diagnostics.py   the form of its error messages
        Dockerfile       its part of the image, on the shared base (executor/images/)
        sitecustomize.py the runner; other files that the Dockerfile copies are beside it
        programs/        programs, and in programs.toml how each has to end

An environment is a language with packages (`Language.extends`). It has no runner, but a Dockerfile that
comes after the language's:

    python_data/
        requirements.in   the packages; requirements.txt has all that they need, with hashes
        preload.py        runs while a sandbox waits: imports that take long

A language is an image plus a command, so it is deployed, not edited in an admin. There is no list of
languages: a new one needs only a folder (CONTRIBUTING.md). Two languages of one runtime share an image.

Each folder is a language that is known. Those that a site offers are a setting (choices.py).
"""

from importlib import import_module
from pkgutil import iter_modules

from .language import Language

__all__ = ["DEFAULT_LANGUAGE", "IMAGES", "LANGUAGES", "Language"]

DEFAULT_LANGUAGE = "python"
"""The language of a request that names none."""


def _discovered() -> dict[str, Language]:
    """Find all languages by slug: first the default one, then the others by label."""
    folders = [module.name for module in iter_modules(__path__) if module.ispkg]
    found: list[Language] = [import_module(f"{__name__}.{name}").LANGUAGE for name in folders]
    if wrong := {language.folder for language in found} ^ set(folders):
        raise ValueError(f"a language's slug must be the name of its folder: {sorted(wrong)}")
    with_image = {language.slug for language in found if not language.runtime_of}
    if lost := {language.slug for language in found if language.image not in with_image}:
        raise ValueError(
            f"runtime_of must name a language with an image of its own: {sorted(lost)}"
        )
    whole = {language.slug for language in found if not language.extends}
    if lost := {one.slug for one in found if one.extends and one.extends not in with_image & whole}:
        raise ValueError(
            f"extends must name a language that is no environment itself: {sorted(lost)}"
        )
    found.sort(key=lambda language: (language.slug != DEFAULT_LANGUAGE, language.label))
    return {language.slug: language for language in found}


LANGUAGES = _discovered()
IMAGES = {slug: language for slug, language in LANGUAGES.items() if not language.runtime_of}
"""The languages with an image of their own."""
