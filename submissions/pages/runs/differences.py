"""Compare two texts line by line, side by side, in time that grows with their length.

Lines that are equal at both ends belong together; so do lines that appear exactly once in each text, as
far as they are in the same order. Between these, the same again, LEVELS deep. Each level reads each line
once. difflib finds slightly smaller differences, but some pairs of 5,000 characters take it minutes.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

LEVELS = 8
"""Usual programs need two or three."""
CONTEXT = 3
"""Equal lines that are shown around a change."""
FEWEST = 3
"""Equal lines that are left out: a row says how many, so one or two would save nothing."""
LINES = 5000
"""Lines of a text that are compared: as many as the usual longest program can have."""

Match = tuple[int, int]
"""Indices of two equal lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of the table: a line of each text, or a number of equal lines that are not shown."""

    kind: str
    """same, changed, removed, added, or skipped."""
    old_number: int | None = None
    old: str = ""
    new_number: int | None = None
    new: str = ""
    count: int = 0


def difference_of(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """Return the rows of the changed lines with some context; nothing if the texts are the same."""
    rows = list(_rows(old, new))
    if all(row.kind == "same" for row in rows):
        return []
    return list(_shortened(rows))


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    before = (-1, -1)
    for match in [*matches(old, new), (len(old), len(new))]:
        yield from _changed(old, new, before, match)
        if match[0] < len(old):
            yield _row("same", old, new, *match)
        before = match


def _changed(old: Sequence[str], new: Sequence[str], before: Match, after: Match) -> Iterator[Row]:
    """Yield the lines between two matches, beside each other as far as both sides have some."""
    removed, added = range(before[0] + 1, after[0]), range(before[1] + 1, after[1])
    for here, there in zip_longest(removed, added):
        if there is None:
            yield _row("removed", old, new, here, None)
        elif here is None:
            yield _row("added", old, new, None, there)
        else:
            yield _row("changed", old, new, here, there)


def _row(
    kind: str, old: Sequence[str], new: Sequence[str], here: int | None, there: int | None
) -> Row:
    return Row(
        kind=kind,
        old_number=None if here is None else here + 1,
        old="" if here is None else old[here],
        new_number=None if there is None else there + 1,
        new="" if there is None else new[there],
    )


def _shortened(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the rows, with each long series of equal lines shortened to its ends."""
    changes = [number for number, row in enumerate(rows) if row.kind != "same"]
    shown = 0  # rows before this one have been yielded
    for change in changes:
        begin = max(shown, change - CONTEXT)
        if begin - shown < FEWEST:
            begin = shown
        else:
            yield Row(kind="skipped", count=begin - shown)
        end = min(len(rows), change + CONTEXT + 1)
        yield from rows[begin:end]  # nothing, if the change before has shown this one too
        shown = max(shown, end)
    if len(rows) - shown < FEWEST:
        yield from rows[shown:]
    else:
        yield Row(kind="skipped", count=len(rows) - shown)


def matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """Return pairs of equal lines, rising in both texts."""
    found: list[Match] = []
    parts = [(0, len(old), 0, len(new), 0)]
    while parts:
        first, last, start, stop, level = parts.pop()
        while first < last and start < stop and old[first] == new[start]:
            found.append((first, start))
            first, start = first + 1, start + 1
        while first < last and start < stop and old[last - 1] == new[stop - 1]:
            last, stop = last - 1, stop - 1
            found.append((last, stop))
        if first == last or start == stop or level == LEVELS:
            continue
        if anchors := _rising(_unique(old, first, last), _unique(new, start, stop)):
            found += anchors
            for here, there in [*anchors, (last, stop)]:
                parts.append((first, here, start, there, level + 1))
                first, start = here + 1, there + 1
    return sorted(found)


def _unique(lines: Sequence[str], first: int, last: int) -> dict[str, int]:
    """Return the index of each line that appears once between the two."""
    counts = Counter(lines[first:last])
    return {line: at for at, line in enumerate(lines[first:last], first) if counts[line] == 1}


def _rising(old: dict[str, int], new: dict[str, int]) -> list[Match]:
    """Return the longest series of common lines that has the same order in both (patience sorting)."""
    common = [(here, new[line]) for line, here in old.items() if line in new]
    ends: list[int] = []  # the smallest end in `new` of a series of each length
    tops: list[int] = []  # which pair that end belongs to
    previous: list[int | None] = []
    for number, (_, there) in enumerate(common):
        length = bisect_left(ends, there)
        previous.append(tops[length - 1] if length else None)
        if length == len(ends):
            ends.append(there)
            tops.append(number)
        else:
            ends[length], tops[length] = there, number
    series: list[Match] = []
    step = tops[-1] if tops else None
    while step is not None:
        series.append(common[step])
        step = previous[step]
    return sorted(series)
