"""The content of runs' files: bytes in the database, each of one user."""
