"""The environment `python-data`: what is loaded before a program, what a figure is, what is shared."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from executor import LANGUAGES, File, RunRequest, execute, limits_of
from executor.pool.pool import Pool
from executor.runs import RunResult
from tests.support.slots import skip_without_slots
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.long]

DATA = LANGUAGES["python-data"]
PATIENT = replace(limits_of(DATA), wall_seconds=120.0, cpu_seconds=120.0)
LOADED = "import sys; print('numpy' in sys.modules, 'pandas' in sys.modules)"
FIGURES = """
import matplotlib.pyplot as plt
import pandas as pd
for title in ("first", "second"):
    plt.figure()
    plt.title(title)
plt.show()
pd.Series([1, 4, 9]).plot()
plt.show()
plt.show()
"""
NUMBERS = "import random, numpy; print(numpy.random.random(), random.random())"


def run(code: str, owner: str | None = None, **fields: Any) -> RunResult:
    request = RunRequest(code=code, language="python-data", limits=PATIENT, **fields)
    return execute(request, owner=owner)


def test_numpy_and_pandas_are_loaded_before_the_program() -> None:
    assert run(LOADED).stdout == "True True\n"


def test_each_figure_that_is_shown_is_a_file_of_the_run() -> None:
    result = run(FIGURES, outputs=True)
    assert (result.verdict, result.stderr) == ("ok", "")
    assert [file.name for file in result.files] == [f"figure-{n}.png" for n in (1, 2, 3)]
    assert all(file.content.startswith(b"\x89PNG") for file in result.files)


def test_figure_without_a_place_says_how_to_get_it() -> None:
    result = run("import matplotlib.pyplot as plt; plt.plot([1]); plt.show(); print(1)")
    assert (result.verdict, result.stdout) == ("ok", "1\n")
    (line,) = result.stderr.splitlines()
    assert 'let the run give back its files (tick that, or send "outputs": true)' in line


def test_list_of_fonts_is_not_made_in_a_run() -> None:
    code = "import os, matplotlib.font_manager; p = '/tmp/.cache/matplotlib/'\n"
    result = run(code + "print([os.path.islink(p + name) for name in os.listdir(p)])")
    assert result.stdout == "[True]\n"


def test_own_module_of_a_name_that_is_loaded_already_is_imported() -> None:
    own = File(name="pandas.py", content=b"own = 1\n")
    assert run("import pandas, numpy; print(pandas.own)", files=(own,)).stdout == "1\n"


def test_line_of_an_error_in_a_package_is_the_programs() -> None:
    result = run("import pandas as pd\n\ndef f():\n    pd.DataFrame()['a']\n\nf()")
    assert result.error == "KeyError: 'a' (line 4)"


def test_forked_programs_of_a_slot_have_random_numbers_of_their_own(
    make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_without_slots()
    pool = make_pool(pool_size=2, isolation="auto", boot="fork")
    monkeypatch.setattr(sys.modules["executor.execute"], "pool", lambda: pool)
    pool.start()
    eventually(lambda: pool.state().ready["python-data"])
    results = [run(NUMBERS, owner="alice") for _ in range(3)]
    assert [result.run_number for result in results] == [1, 2, 3]
    numbers = [number for result in results for number in result.stdout.split()]
    assert len(set(numbers)) == 6
    assert run(LOADED, owner="alice").stdout == "True True\n"
    shown = run(FIGURES, owner="alice", outputs=True)
    assert (len(shown.files), shown.run_number) == (3, 5)
