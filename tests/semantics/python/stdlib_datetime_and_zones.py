import calendar
import time
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

berlin = ZoneInfo("Europe/Berlin")
start = datetime(2026, 3, 29, 1, 30, tzinfo=berlin)
print(start, start + timedelta(hours=1), (start.astimezone(UTC) + timedelta(hours=1)).astimezone(berlin))
print(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=berlin).utcoffset(), datetime.fromisoformat("2026-W05-3T04:05Z"))
print(date(2024, 2, 29).strftime("%A %d %B %Y %j %U"), datetime.strptime("3 Feb 2025 14:05", "%d %b %Y %H:%M"))
print(calendar.month(2026, 2), calendar.isleap(1900), time.tzname, time.timezone, time.localtime(0)[:6])
print(datetime.fromtimestamp(0), datetime.fromtimestamp(1e9, timezone(timedelta(hours=-5), "EST")), timedelta(days=-1, seconds=3))
try:
    ZoneInfo("Mars/Base")
except ZoneInfoNotFoundError as error:
    print(error)
datetime(2025, 2, 29)
