"""How fast a run is, beside what people would use instead. `python -m tools.benchmark` prints it."""
