"""How fast a run is, beside what people would use instead. For `manage.py sandbox_benchmark` only."""
