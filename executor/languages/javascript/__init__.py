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
    zygote_processes=7,
    stdin_by_line=True,
    version_command=("/usr/local/bin/node", "-p", "'Node.js ' + process.version"),
    waiting_bytes=16 * MiB,
    least_memory_bytes=24 * MiB,  # Hello World takes 10.2 MiB
    # 7 threads from the start, 4 more for files and the like, and the supervisor's for a long input.
    least_processes=12,
    hello='console.log("Hello World")\n',
    editor_mode="javascript",
    tab_size=2,
    diagnostics=DIAGNOSTICS,
)
