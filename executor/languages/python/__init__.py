"""Python, by Debian's package."""

from ...limits import MiB
from ..language import Language
from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="python",
    label="Python",
    source="script.py",
    suffixes=(".py",),
    suite="trixie",
    command=("/usr/bin/python3", "/app/script.py"),
    zygote_processes=1,
    keeps_sessions=True,
    version_command=("/usr/bin/python3", "--version"),
    waiting_bytes=8 * MiB,
    least_memory_bytes=8 * MiB,  # Hello World takes 3.8 MiB
    least_processes=1,
    hello='print("Hello World")\n',
    editor_mode="python",
    tab_size=4,
    diagnostics=DIAGNOSTICS,
)
