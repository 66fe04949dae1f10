"""Print the numbers of this checkout, or of the commits that are named."""

import argparse
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from .measures import WORDS, House, Package, measure, share
from .words import refused

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def checkout(commit: str, repository: Path) -> Iterator[Path]:
    """Unpack a commit into a temporary folder."""
    command = ["git", "-C", str(repository), "archive", "--format=tar", commit]
    archive = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - a commit's name
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


def rows_of_package(name: str, numbers: Package) -> dict[str, str]:
    """Label the numbers of one package."""
    private = share(numbers.private_functions, numbers.functions)
    return {
        f"{name}: modules": str(numbers.modules),
        f"{name}: lines": str(numbers.lines),
        f"{name}: lines of a module, median / p90 / most": str(numbers.module_lines),
        f"{name}: modules in the fullest folder": (
            f"{numbers.most_in_folder} ({numbers.fullest_folder})"
        ),
        f"{name}: lines of a function, median / p90 / most": str(numbers.function_lines),
        f"{name}: private functions": f"{private:.0%} ({numbers.private_functions})",
        f"{name}: private functions used once": str(numbers.private_used_once),
        f"{name}: comments per 100 lines of code": str(numbers.comments_per_100),
        f"{name}: functions / classes with a docstring": (
            f"{numbers.functions_documented:.0%} / {numbers.classes_documented:.0%}"
        ),
    }


def rows(house: House) -> dict[str, str]:
    """Label each number."""
    table: dict[str, str] = {}
    for name, numbers in house.packages.items():
        table |= rows_of_package(name, numbers)
    table["longest chain of imports"] = str(len(house.chain))
    table["import cycles"] = str(len(house.cycles))
    table |= {f"files that name {word}": str(len(found)) for word, found in house.naming.items()}
    table |= {f"refused: {phrase}": str(count) for phrase, count in house.refused.items()}
    table["refused words"] = str(sum(house.refused.values()))
    return table


def as_table(houses: Mapping[str, House]) -> str:
    """Draw a Markdown table with a column for each tree, and the chains below it."""
    columns = {title: rows(house) for title, house in houses.items()}
    # The column with the most rows gives the order, so that the rows of one package stay together.
    fullest_first = sorted(columns.values(), key=len, reverse=True)
    labels = list(dict.fromkeys(label for column in fullest_first for label in column))
    lines = [["", *columns]]
    lines += [[label, *(column.get(label, "–") for column in columns.values())] for label in labels]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    drawn = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for title, house in houses.items():
        drawn += ["", f"Longest chain, {title}: {' > '.join(house.chain)}"]
        drawn += [f"Cycle, {title}: {', '.join(members)}" for members in house.cycles]
    return "\n".join(drawn)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the numbers of this checkout, or of the commits that are named."""
    parser = argparse.ArgumentParser(prog="python -m tools.house")
    parser.add_argument("--at", metavar="COMMIT", action="append", help="may be repeated")
    parser.add_argument("--word", action="append", help=f"instead of {' and '.join(WORDS)}")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    words = options.word or WORDS
    # This checkout's table for every tree: otherwise the numbers of two commits do not compare.
    phrases = refused()
    houses: dict[str, House] = {}
    for commit in options.at or []:
        try:
            with checkout(commit, ROOT) as root:
                houses[commit] = measure(root, phrases, words)
        except subprocess.CalledProcessError as error:
            parser.error(f"git cannot read {commit}: {error.stderr.decode().strip()}")
    houses = houses or {"checkout": measure(ROOT, phrases, words)}
    if options.json:
        print(json.dumps({title: asdict(house) for title, house in houses.items()}, indent=2))
    else:
        print(as_table(houses))


if __name__ == "__main__":
    main()
