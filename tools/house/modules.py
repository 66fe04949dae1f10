"""The files of a tree, and the Python modules among them."""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeGuard

PRODUCT = ("config", "executor", "submissions")
NOT_MEASURED = re.compile(
    r"(^|/)(migrations|__pycache__)/"
    # Attacks and example programs are data of the product. They run in sandboxes only.
    r"|^executor/experiments/\w+/"
    r"|^executor/languages/\w+/programs/"
)


class Module:
    """One Python file: its syntax tree, and counts of it."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.tree = ast.parse(text, path)
        self.nodes = list(ast.walk(self.tree))

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")

    @property
    def has_code(self) -> bool:
        return not self.is_package or any(not is_string(node) for node in self.tree.body)

    @cached_property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [n for n in self.nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @cached_property
    def mentions(self) -> Counter[str]:
        """Count the uses of each name. A definition is no use."""
        plain = (node.id for node in self.nodes if isinstance(node, ast.Name))
        dotted = (node.attr for node in self.nodes if isinstance(node, ast.Attribute))
        return Counter([*plain, *dotted])

    @cached_property
    def comments(self) -> int:
        return sum(token.type == tokenize.COMMENT for token in self._tokens)

    @cached_property
    def code_lines(self) -> int:
        """Count the lines with code: no blank lines, comments or docstrings."""
        silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT}
        silent |= {tokenize.DEDENT, tokenize.ENDMARKER}
        spans = [(t.start[0], t.end[0]) for t in self._tokens if t.type not in silent]
        code = {line for start, end in spans for line in range(start, end + 1)}
        for node in self.nodes:
            if is_string(node):
                code -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return len(code)

    @cached_property
    def _tokens(self) -> list[tokenize.TokenInfo]:
        return list(tokenize.generate_tokens(io.StringIO(self.text).readline))

    def imports(self) -> Iterator[tuple[str, str]]:
        """Yield each import as (module, name). The name is empty where a whole module is imported."""
        here = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                parents = here[: len(here) - node.level + 1] if node.level else []
                base = ".".join([*parents, *([node.module] if node.module else [])])
                yield from ((base, alias.name) for alias in node.names)

    @cached_property
    def imported_names(self) -> set[str]:
        """Collect the names that `from … import` binds here."""
        froms = (node for node in self.nodes if isinstance(node, ast.ImportFrom))
        return {alias.asname or alias.name for node in froms for alias in node.names}


def is_string(node: ast.AST) -> TypeGuard[ast.Expr]:
    """Recognize a statement that is only a string, as docstrings are."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def files(root: Path, tops: Iterable[str], suffixes: set[str]) -> dict[str, str]:
    """Read the text files below the given folders, by their path from the root."""
    found = (path for top in tops for path in sorted((root / top).rglob("*")))
    names = {path: path.relative_to(root).as_posix() for path in found}
    return {
        name: path.read_text()
        for path, name in names.items()
        if path.suffix in suffixes and path.is_file() and not NOT_MEASURED.search(name)
    }


def modules(root: Path, tops: Iterable[str] = PRODUCT) -> list[Module]:
    """Parse the modules of the packages that exist."""
    found = [Module(path, text) for path, text in files(root, tops, {".py"}).items()]
    return [module for module in found if module.has_code]


def modules_per_folder(found: Iterable[Module]) -> Counter[str]:
    """Count modules by folder. `__init__.py` is the folder itself, so it does not count."""
    return Counter(m.path.rpartition("/")[0] for m in found if not m.is_package)


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")
