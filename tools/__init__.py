"""Measuring and planning: no part of the product, and not in its image.

A tool may import both halves, `executor` and `submissions`, and `config`. None of them imports a tool.

* `python -m tools.benchmark` measures how fast a run is, beside what people would use instead.
* `python -m tools.capacity check|measure|plan|simulate` measures what a run costs, and plans with it.
* `site.py` starts a site of its own, for both of these and for tests.
"""
