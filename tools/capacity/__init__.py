"""The capacity of a deployment: the cost of a run, the needs of a load, the waits of programs.

docs/scaling.md uses its numbers."""
