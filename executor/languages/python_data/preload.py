"""Imports what takes long, while a sandbox waits for its program (sitecustomize.py runs this file).

`begin` is called in the program's process, before the program. In a slot that forks, that process is a
copy of the one that has run this file.
"""

import os
import sys

_before = set(sys.modules)

import gc  # noqa: E402

import numpy.random  # type: ignore[import-not-found]  # noqa: E402
import pandas  # type: ignore[import-untyped]  # noqa: E402, F401

LOADED = {name.partition(".")[0] for name in sys.modules if name not in _before}
FONTS = "/usr/local/share/matplotlib"
CACHE = "/tmp/.cache/matplotlib"


def begin() -> None:
    """Give the program what must not be common to several, the list of fonts, and its own files."""
    numpy.random.seed()
    link_fonts()
    if os.getcwd() != "/app":  # noqa: PTH109
        forget({name.partition(".")[0] for name in os.listdir()} & LOADED)  # noqa: PTH208


def link_fonts() -> None:
    """Let matplotlib find the list of fonts, which is in the image, where it would keep its own."""
    try:
        os.makedirs(CACHE)  # noqa: PTH103  pathlib would take longer
        for name in os.listdir(FONTS):  # noqa: PTH208
            os.symlink(f"{FONTS}/{name}", f"{CACHE}/{name}")  # noqa: PTH211
    except OSError:
        pass  # it makes one, which takes a tenth of a second


def forget(names: "set[str]") -> None:
    """Let the program import its own files of these names: else it would get the modules loaded here."""
    for module in list(sys.modules):
        if module.partition(".")[0] in names:
            del sys.modules[module]


# The interpreter looks at each object once more when it ends: at 50,000 without this.
gc.collect()
gc.freeze()
