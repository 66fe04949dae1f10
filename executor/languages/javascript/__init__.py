"""JavaScript, by Debian's Node.js."""

from ...limits import MiB
from ..language import Language
from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="javascript",
    label="JavaScript",
    source="script.js",
    suffixes=(".js", ".mjs", ".cjs"),
    # Where /app is read-only, the program's file there is a link. Node must not resolve the link, so that
    # messages name /app/script.js.
    command=(
        "/usr/bin/node",
        "--snapshot-blob",
        "/sandbox/node.snapshot",
        "--preserve-symlinks",
        "--preserve-symlinks-main",
        "/sandbox/run_node.js",
    ),
    stdin_by_line=True,
    version_command=("/usr/bin/node", "-p", "'Node.js ' + process.version"),
    waiting_bytes=24 * MiB,
    hello='console.log("Hello World")\n',
    editor_mode="javascript",
    tab_size=2,
    lexer="javascript",
    diagnostics=DIAGNOSTICS,
)
