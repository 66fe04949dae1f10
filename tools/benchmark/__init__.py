"""The speed of a run, compared with the alternatives. `python -m tools.benchmark` prints it."""
