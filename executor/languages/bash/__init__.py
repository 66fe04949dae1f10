"""Bash, by Debian's package, with what Debian's smallest system has beside it."""

from ...limits import MiB
from ..language import Language
from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="bash",
    label="Bash",
    source="script.sh",
    suffixes=(".sh", ".bash"),
    suite="trixie",
    command=("/bin/bash", "/sandbox/run.sh"),
    version_command=("/bin/bash", "-c", 'echo "Bash ${BASH_VERSION%%(*}"'),
    waiting_bytes=5 * MiB,
    least_memory_bytes=8 * MiB,  # Hello World takes 2 MiB
    least_processes=4,
    hello='echo "Hello World"\n',
    note="Beside it are the tools of Debian's smallest system: coreutils, grep, sed, awk, find, perl.",
    editor_mode="sh",
    tab_size=4,
    diagnostics=DIAGNOSTICS,
)
