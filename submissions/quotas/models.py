"""Counters that expire: hits in a window of time, bytes in a day. counting.py writes them."""

from django.db import models


class Counter(models.Model):
    """Hits within one window of time (rates.py), and bytes stored within one day."""

    key = models.CharField(primary_key=True, max_length=250)
    value = models.PositiveBigIntegerField(help_text="Hits, or bytes (storage.py).")
    expires = models.FloatField(db_index=True, help_text="Seconds since the epoch.")

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
