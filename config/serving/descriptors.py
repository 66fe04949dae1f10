"""How many connections the limit of open files allows."""

OWN_FILES = 256
"""Descriptors apart from connections and the server's threads: background threads, logs, code."""
FILES_PER_THREAD = 8
"""Database (SQLite: with its log and index), engine, broker, and the source of an answer."""
FILES_PER_CONNECTION = 2
"""The socket, and a temporary file for data beyond the buffer in memory."""


def connections_for(files: int, threads: int) -> int:
    """Return the number of connections that a limit of open files allows."""
    own = OWN_FILES + FILES_PER_THREAD * threads
    return max(1, (files - own) // FILES_PER_CONNECTION)
