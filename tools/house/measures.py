"""The numbers of one tree."""

import ast
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .imports import cycles_and_chain, import_graph
from .modules import PRODUCT, Module, files, is_private, modules, modules_per_folder
from .words import naming, places, written

ALL = "product"
TEXTS = {".py", ".c", ".js", ".html"}
WORDS = ("stdin", "memory_peak_bytes")


@dataclass(frozen=True)
class Spread:
    """The distribution of a size, in lines."""

    median: int
    p90: int
    most: int

    def __str__(self) -> str:
        return f"{self.median} / {self.p90} / {self.most}"


@dataclass(frozen=True)
class Package:
    """The numbers of one package. An `__init__.py` without code is not a module."""

    modules: int
    lines: int
    module_lines: Spread
    fullest_folder: str
    most_in_folder: int
    functions: int
    function_lines: Spread
    private_functions: int
    private_used_once: int
    comments_per_100: float
    functions_documented: float
    classes_documented: float


@dataclass(frozen=True)
class House:
    """The numbers of one tree."""

    packages: dict[str, Package]
    chain: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]
    naming: dict[str, tuple[str, ...]]
    refused: dict[str, int]


def spread(sizes: Sequence[int]) -> Spread:
    """Return median and 90th percentile by the nearest rank: sizes that really occur."""
    ordered = sorted(sizes) or [0]

    def rank(share: float) -> int:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Spread(rank(0.5), rank(0.9), ordered[-1])


def share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def documented(nodes: Sequence[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]) -> float:
    """Return the share that has a docstring."""
    return share(sum(ast.get_docstring(node) is not None for node in nodes), len(nodes))


def package(found: Sequence[Module]) -> Package:
    """Measure the modules of one package."""
    functions = [function for module in found for function in module.functions]
    private = [(m, f.name) for m in found for f in m.functions if is_private(f.name)]
    [(folder, most)] = modules_per_folder(found).most_common(1) or [("", 0)]
    code = sum(module.code_lines for module in found)
    return Package(
        modules=len(found),
        lines=sum(module.lines for module in found),
        module_lines=spread([module.lines for module in found]),
        fullest_folder=folder,
        most_in_folder=most,
        functions=len(functions),
        function_lines=spread([(f.end_lineno or f.lineno) - f.lineno + 1 for f in functions]),
        private_functions=len(private),
        private_used_once=sum(module.mentions[name] == 1 for module, name in private),
        comments_per_100=round(100 * share(sum(m.comments for m in found), code), 1),
        functions_documented=documented(functions),
        classes_documented=documented([c for module in found for c in module.classes]),
    )


def measure(root: Path, phrases: Sequence[str], words: Iterable[str] = WORDS) -> House:
    """Measure the tree below a folder. Count the phrases; list the files that have the words."""
    by_package = {top: modules(root, [top]) for top in (*PRODUCT, "tools")}
    product = [module for top in PRODUCT for module in by_package[top]]
    cycles, chain = cycles_and_chain(import_graph(product))
    texts = files(root, (*PRODUCT, "templates"), TEXTS)
    counted = Counter(place.phrase for place in places(written(root), phrases))
    return House(
        packages={
            top: package(found) for top, found in {ALL: product, **by_package}.items() if found
        },
        chain=chain,
        cycles=cycles,
        naming={word: naming(texts, word) for word in words},
        refused={phrase: counted[phrase] for phrase in phrases},
    )
