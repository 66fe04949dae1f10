"""The content of runs' files: bytes in the database, each belonging to one run."""
