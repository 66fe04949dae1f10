"""Counters that expire. counting.py writes them."""

from django.db import models


class Counter(models.Model):
    """Hits in a window of time (rates.py), bytes of a day (storage.py), and turns (verifying.py)."""

    key = models.CharField(primary_key=True, max_length=250)
    value = models.PositiveBigIntegerField(help_text="Hits, or bytes (storage.py).")
    expires = models.FloatField(db_index=True, help_text="Seconds since the epoch.")

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
