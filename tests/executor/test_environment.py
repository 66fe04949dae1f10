"""What a program finds around it: tools, a terminal, locales, time zones, processors, memory."""

import pytest

from tests.support.programs import printed, run, run_js

pytestmark = pytest.mark.docker


def shell(command: str) -> str:
    """Run a command from a Python program; return what it prints."""
    return printed(run(f"import subprocess\nsubprocess.run({command!r}, shell=True, check=True)"))


def test_python_has_its_short_name_too() -> None:
    assert shell("python --version") == shell("python3 --version")


def test_child_process_may_start_python_by_any_of_its_names() -> None:
    assert shell("python -c 'import sys; print(sys.argv)' a") == "['-c', 'a']\n"


def test_terminal_can_be_cleared() -> None:
    assert "\x1b" in run("import os\nos.system('clear')").stdout


def test_curses_knows_the_terminal() -> None:
    code = "import curses\ncurses.setupterm()\nprint(curses.tigetnum('colors'))"
    assert int(printed(run(code))) >= 8


@pytest.mark.parametrize(
    ("name", "number"),
    [("C.UTF-8", "1234567.9"), ("en_US.UTF-8", "1,234,567.9"), ("de_DE.UTF-8", "1.234.567,9")],
)
def test_locale_is_there(name: str, number: str) -> None:
    code = f"""
import locale
locale.setlocale(locale.LC_ALL, {name!r})
print(locale.format_string("%.1f", 1234567.89, grouping=True))
"""
    assert printed(run(code)) == f"{number}\n"


def test_python_knows_the_time_zones() -> None:
    code = """
from datetime import datetime
from zoneinfo import ZoneInfo
print(datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).isoformat())
"""
    assert printed(run(code)) == "2024-07-01T00:00:00+02:00\n"


def test_javascript_knows_time_zones_and_languages() -> None:
    code = """
const day = new Date('2024-07-01T12:00:00Z');
console.log(day.toLocaleString('de-DE', { timeZone: 'Asia/Tokyo' }));
"""
    assert printed(run_js(code)) == "1.7.2024, 21:00:00\n"


def test_kinds_of_files_are_known_by_their_endings() -> None:
    code = "import mimetypes\nprint(mimetypes.guess_type('a.epub')[0])"
    assert printed(run(code)) == "application/epub+zip\n"


def test_pool_of_workers_has_as_many_as_the_limit_gives_processors() -> None:
    code = """
import multiprocessing, os
from concurrent.futures import ThreadPoolExecutor
print(os.process_cpu_count(), os.cpu_count(), ThreadPoolExecutor()._max_workers)
"""
    assert printed(run(code)) == "1 1 5\n"


def test_young_objects_of_javascript_have_room() -> None:
    code = """
const kept = [];
for (let i = 0; i < 1e6; i++) kept[i % 20000] = { i, text: 'x' + i };
const spaces = require('v8').getHeapSpaceStatistics();
console.log(spaces.find(one => one.space_name === 'new_space').space_size);
"""
    assert int(printed(run_js(code))) == 8 * 2**20
