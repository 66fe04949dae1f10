"""The shell: a language that no deployment has, made by CONTRIBUTING's recipe (test_new_language.py)."""

from executor.languages import Language
from executor.limits import MiB

from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="shell",
    label="Shell",
    source="script.sh",
    suffixes=(".shell",),
    suite="trixie",
    command=("/bin/bash", "/sandbox/run.sh"),
    version_command=("/bin/bash", "-c", 'echo "Bash $BASH_VERSION"'),
    waiting_bytes=4 * MiB,
    hello='echo "Hello World"\n',
    editor_mode="sh",
    tab_size=4,
    diagnostics=DIAGNOSTICS,
)
