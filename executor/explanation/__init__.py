"""The words on a run: a sentence for every end, and a hint for the most common mistakes."""
