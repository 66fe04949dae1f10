"""Measure the form of the source: sizes, import chains, and how many files name one field.

    python -m tools.house                            # this checkout
    python -m tools.house --at 5e9dcd7 --at HEAD     # two commits, side by side
    python -m tools.house --json --word stdin

The numbers compare a tree with itself over time. They are read from the source with `ast` and `tokenize`;
nothing of the measured tree is imported.
"""
