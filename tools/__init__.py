"""Programs that measure the product and plan its capacity. They are not part of it, nor of its image.

A tool may import both halves, `executor` and `submissions`, and `config`. None of them imports a tool.

* `python -m tools.benchmark` measures how fast a run is, compared with the alternatives.
* `python -m tools.capacity check|measure|plan|simulate` measures what a run costs, and plans with it.
* `python -m tools.house` measures the source: sizes, imports, refused words.
* `site.py` starts a private site for these tools and for tests.
"""
