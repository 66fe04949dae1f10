"""SQL, by Debian's package of SQLite."""

from ...limits import MiB
from ..language import Language
from .diagnostics import DIAGNOSTICS

LANGUAGE = Language(
    slug="sql",
    label="SQL (SQLite)",
    source="script.sql",
    suffixes=(".sql",),
    suite="trixie",
    command=("/bin/bash", "/sandbox/run.sh"),
    version_command=("/bin/bash", "-c", 'echo "SQLite $(sqlite3 --version | cut -d " " -f 1)"'),
    waiting_bytes=5 * MiB,
    least_memory_bytes=12 * MiB,  # Hello World takes 3 MiB
    least_processes=4,
    hello="""\
-- Results are tables. These two commands show rows alone.
.mode list
.headers off

SELECT 'Hello World';
""",
    note="The database is empty. Arguments are ?1, ?2, …; .import --csv /dev/stdin t reads the input.",
    editor_mode="sql",
    tab_size=2,
    diagnostics=DIAGNOSTICS,
)
