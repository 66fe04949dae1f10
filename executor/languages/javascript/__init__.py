"""JavaScript, by Node.js from a wheel (requirements.txt)."""

from ...limits import MiB
from ..language import Language
from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="javascript",
    label="JavaScript",
    source="script.js",
    suffixes=(".js", ".mjs", ".cjs"),
    suite="trixie",
    command=(
        "/usr/local/bin/node",
        # MiB for young objects. V8 gives them 1 in a sandbox, and copies them again and again.
        "--max-semi-space-size=4",
        "--require",
        "/sandbox/boot.cjs",
        "/app/script.js",
    ),
    version_command=("/usr/local/bin/node", "-p", "'Node.js ' + process.version"),
    waiting_bytes=16 * MiB,
    hello='console.log("Hello World")\n',
    editor_mode="javascript",
    tab_size=2,
    lexer="javascript",
    diagnostics=DIAGNOSTICS,
)
