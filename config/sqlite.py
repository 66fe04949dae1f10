"""How the site opens its SQLite file."""

from typing import Any

OPTIONS: dict[str, Any] = {
    # A writer waits for the lock at the start; in the middle of a transaction it would fail.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # cache_size is for each thread, by default 2 MB. The system caches the file once for all.
    # journal_size_limit is what stays of a log that has once been long, in bytes.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-256;"
        "PRAGMA journal_size_limit=67108864;"
    ),
}
