"""Measures all that the documents quote, and writes it into them. `python -m tools.renew` does it."""
