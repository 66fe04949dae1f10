"""The periods that the admin's overview covers, each in equal parts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
LESSON = timedelta(minutes=90)
"""A double lesson, or a lesson and what came before it."""
FIVE_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Period:
    """A time from `start` to now. The last part is the present one."""

    slug: str
    label: str
    start: datetime
    part: timedelta

    def parts(self, now: datetime) -> list[datetime]:
        """Return the beginning of each part, oldest first."""
        count = int((now - self.start) / self.part) + 1
        return [self.start + number * self.part for number in range(count)]

    def part_of(self, moment: datetime) -> datetime:
        """Return the beginning of the part that a moment is in."""
        return self.start + (moment - self.start) // self.part * self.part

    def name_of(self, part: datetime) -> str:
        """Format a part's beginning: the day, or the time of the day."""
        return f"{part:%Y-%m-%d}" if self.part >= DAY else f"{part:%H:%M}"


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _last_days(days: int) -> Callable[[datetime], Period]:
    def period(now: datetime) -> Period:
        start = _midnight(now) - (days - 1) * DAY
        return Period(f"{days}", f"{days} days", start, DAY)

    return period


def _lesson(now: datetime) -> Period:
    minutes = (now - _midnight(now)) // FIVE_MINUTES * FIVE_MINUTES
    start = _midnight(now) + minutes + FIVE_MINUTES - LESSON
    return Period("lesson", "90 minutes", start, FIVE_MINUTES)


def _today(now: datetime) -> Period:
    return Period("today", "Today", _midnight(now), FIVE_MINUTES)


PERIODS: dict[str, Callable[[datetime], Period]] = {
    "lesson": _lesson,
    "today": _today,
    "7": _last_days(7),
    "30": _last_days(30),
    "90": _last_days(90),
}
"""From a slug to the period that ends at a moment. Days and times are UTC."""
