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
    command=("/usr/local/bin/node", "--require", "/sandbox/boot.cjs", "/app/script.js"),
    stdin_by_line=True,
    version_command=("/usr/local/bin/node", "-p", "'Node.js ' + process.version"),
    waiting_bytes=24 * MiB,
    hello='console.log("Hello World")\n',
    editor_mode="javascript",
    tab_size=2,
    lexer="javascript",
    diagnostics=DIAGNOSTICS,
)
