"""The numbers of `tools.house` on a small tree whose numbers are known. The bounds of our own tree."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tools.house.__main__ import as_table, checkout, main
from tools.house.imports import cycles_and_chain, import_graph
from tools.house.measures import House, Spread, measure
from tools.house.modules import Module, modules, modules_per_folder
from tools.house.words import refused

ROOT = Path(__file__).resolve().parent.parent.parent

MOST_MODULES_IN_A_FOLDER = 14

# Plain words stand for refused ones, which a test may not use either.
PHRASES = ("blue", "be green", "so red", "yellow")
TREE = {
    "config/settings.py": 'STDIN = "stdin"  # a comment\n',
    "executor/__init__.py": "from .execute import execute\n",
    "executor/execute.py": '''"""A docstring.

Of three lines."""

from .limits import LIMIT


def execute(stdin):
    """Run."""
    # Why.
    return _checked(stdin)[:LIMIT]


def _checked(stdin):
    return _again(stdin) or _again("")


def _again(stdin):
    return stdin
''',
    "executor/limits.py": "LIMIT = 3\n",
    "executor/sandbox/supervisor.c": "int memory_peak_bytes; /* stdin */\n",
    "executor/experiments/python/attack.py": "stdin = 1\n",
    "executor/languages/toy/programs/hello.py": "stdin = 1\n",
    "submissions/__init__.py": '"""Nothing but a docstring: no module."""\n',
    "submissions/models.py": """from executor import execute


class Row:
    def __init__(self):
        execute()
""",
    "submissions/api/runs.py": "from ..models import Row\n\nrows = Row\n",
    "submissions/migrations/0001_initial.py": "stdin = 1\n",
    "submissions/static/page.js": "stdin_of(run)\n",
    "templates/page.html": "<p>stdin, blue\nBe Green</p>\n",
    "tests/test_page.py": "# All may be\n# green and blue.\nstdin = 1\n",
    "tools/house/words.py": "\n",
    "CONTRIBUTING.md": "| blue | refused words may stand in their list |\n",
    "README.md": "So   Red.\n",
    "docs/page.md": "blues, sky-blue: neither counts.\n",
}


def written(folder: Path, tree: dict[str, str]) -> Path:
    for path, text in tree.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def house(tmp_path: Path) -> House:
    return measure(written(tmp_path, TREE), PHRASES)


def test_modules_and_their_lines_are_counted_by_package(house: House) -> None:
    counted = {name: (p.modules, p.lines) for name, p in house.packages.items()}
    assert counted == {
        "product": (6, 31),
        "config": (1, 1),
        "executor": (3, 21),
        "submissions": (2, 9),
        "tools": (1, 1),
    }
    assert house.packages["executor"].module_lines == Spread(1, 19, 19)


def test_fullest_folder_is_named(house: House) -> None:
    executor = house.packages["executor"]
    assert (executor.fullest_folder, executor.most_in_folder) == ("executor", 2)


def test_functions_are_measured_from_their_first_line_to_their_last(house: House) -> None:
    executor = house.packages["executor"]
    assert (executor.functions, executor.function_lines) == (3, Spread(2, 4, 4))


def test_private_functions_are_counted_and_those_used_once(house: House) -> None:
    executor = house.packages["executor"]
    assert (executor.private_functions, executor.private_used_once) == (2, 1)
    assert house.packages["submissions"].private_functions == 0  # Python's own names are no secret


def test_comments_are_counted_against_lines_of_code(house: House) -> None:
    assert house.packages["config"].comments_per_100 == 100.0
    assert (
        house.packages["executor"].comments_per_100 == 11.1
    )  # 1 in 9: neither blanks nor docstrings


def test_docstrings_are_counted_of_functions_and_classes(house: House) -> None:
    assert house.packages["executor"].functions_documented == 0.333
    assert house.packages["submissions"].classes_documented == 0.0


def test_longest_chain_goes_through_names_that_a_package_gathers(house: House) -> None:
    assert house.chain == (
        "submissions.api.runs",
        "submissions.models",
        "executor",
        "executor.execute",
        "executor.limits",
    )
    assert house.cycles == ()


def test_cycle_counts_as_one_link_of_the_chain() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"d", "b"}, "d": {"e", "b"}, "e": set(), "f": {"f"}}
    cycles, chain = cycles_and_chain(arrows)
    assert cycles == (("b", "c", "d"),)
    assert chain == ("a", "b = c = d", "e")


def test_longer_way_round_is_the_chain() -> None:
    assert cycles_and_chain({"a": {"c", "b"}, "b": {"c"}, "c": set()})[1] == ("a", "b", "c")


@pytest.mark.parametrize(
    ("statement", "needed"),
    [
        ("import p.one", "p.one"),
        ("from p import one", "p.one"),
        ("from p import two", "p"),  # its __init__ binds a function of that name
        ("from . import one", "p.one"),
        ("from .one import x", "p.one"),
        ("from .sub import deep", "p.sub.deep"),
        ("def f():\n    from .one import x", "p.one"),
    ],
)
def test_import_leads_to_the_module_that_holds_the_name(statement: str, needed: str) -> None:
    texts = {"p/__init__.py": "from .two import two", "p/one.py": "", "p/two.py": ""}
    texts |= {"p/sub/deep.py": "", "p/asking.py": statement}
    graph = import_graph([Module(path, text) for path, text in texts.items()])
    assert graph["p.asking"] == {needed}


def test_files_that_name_a_word_leave_out_tests_migrations_and_attacks(house: House) -> None:
    assert house.naming == {
        "stdin": (
            "config/settings.py",
            "executor/execute.py",
            "executor/sandbox/supervisor.c",
            "templates/page.html",
        ),
        "memory_peak_bytes": ("executor/sandbox/supervisor.c",),
    }


def test_refused_words_are_counted_across_line_breaks_but_not_in_their_list(house: House) -> None:
    assert house.refused == {"blue": 2, "be green": 2, "so red": 1, "yellow": 0}


def test_refused_words_are_those_of_the_table_in_contributing(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.house.__main__.ROOT", repository)
    main(["--json"])
    counted = json.loads(capsys.readouterr().out)["checkout"]["refused"]
    assert list(counted) == list(refused())
    assert len(counted) > 20


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit, and a file that is in no commit."""

    def git(*arguments: str) -> None:
        command = [
            "git",
            "-C",
            str(tmp_path),
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
        ]
        subprocess.run([*command, *arguments], check=True, capture_output=True)

    written(tmp_path, TREE)
    git("init")
    git("add", ".")
    git("commit", "--message", "Begin")
    return written(tmp_path, {"executor/later.py": "later = 1\n"})


def test_commit_is_measured_without_what_came_later(repository: Path) -> None:
    with checkout("HEAD", repository) as root:
        assert measure(root, PHRASES).packages["executor"].modules == 3
    assert measure(repository, PHRASES).packages["executor"].modules == 4
    assert not root.exists()


def test_commits_stand_side_by_side(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.house.__main__.ROOT", repository)
    main(["--at", "HEAD", "--at", "HEAD~0"])
    [head, *body] = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in head.split("|")[2:4]] == ["HEAD", "HEAD~0"]
    [chain] = [row for row in body if row.startswith("| longest chain of imports")]
    assert [cell.strip() for cell in chain.split("|")[2:4]] == ["5", "5"]


def test_rows_of_a_package_stay_together_where_one_tree_lacks_it(house: House) -> None:
    without = replace(house, packages={"product": house.packages["product"]})
    table = as_table({"before": without, "after": house}).splitlines()
    packages = [row.split(":")[0].strip("| ") for row in table if "lines of a module" in row]
    assert packages == ["product", "config", "executor", "submissions", "tools"]
    assert table[-1].startswith("Longest chain, after: submissions.api.runs > submissions.models")
    assert table.index(next(r for r in table if "longest chain" in r)) == 2 + 5 * 9


def test_words_given_as_options_replace_the_defaults(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.house.__main__.ROOT", repository)
    main(["--json", "--word", "LIMIT"])
    naming = json.loads(capsys.readouterr().out)["checkout"]["naming"]
    assert naming == {"LIMIT": ["executor/execute.py", "executor/limits.py"]}


def test_unknown_commit_is_refused_with_its_name(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.house.__main__.ROOT", repository)
    with pytest.raises(SystemExit):
        main(["--at", "nowhere"])
    assert "git cannot read nowhere" in capsys.readouterr().err


def test_our_folders_hold_no_more_than_fourteen_modules() -> None:
    found = modules_per_folder(modules(ROOT, ["config", "executor", "submissions", "tools"]))
    assert {folder: n for folder, n in found.items() if n > MOST_MODULES_IN_A_FOLDER} == {}


def test_our_imports_have_no_cycle() -> None:
    cycles, _ = cycles_and_chain(import_graph(modules(ROOT)))
    assert cycles == ()
