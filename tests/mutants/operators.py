"""Small changes of a module's meaning. Each should make a test fail."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
OPPOSITES = {"all": "any", "any": "all", "max": "min", "min": "max"}
"""Built-in functions, each with one that a careless hand puts in its place."""
QUIET = {"logger", "metrics", "logs"}
"""Calls of these names report and decide nothing."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change."""

    line: int
    change: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Make every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    count = sum(1 for _ in _sites(tree))
    for index in range(count):
        changed = copy.deepcopy(tree)
        node, change = list(_sites(changed))[index]
        text = change(node)
        yield Mutant(node.lineno, text, ast.unparse(ast.fix_missing_locations(changed)) + "\n")


def _sites(tree: ast.Module) -> Any:
    """Find each place, with a function that changes it and returns a description."""
    found: list[tuple[Any, Callable[[Any], str]]] = []
    for parent in _walk(tree):
        if isinstance(parent, ast.Compare):
            found += [
                (parent, _comparison(i))
                for i in range(len(parent.ops))
                if type(parent.ops[i]) in SWAPS
            ]
        elif isinstance(parent, ast.BoolOp) or (
            isinstance(parent, ast.BinOp | ast.AugAssign) and type(parent.op) in SWAPS
        ):
            found.append((parent, _operator))
        elif isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
            found.append((parent, _without_not))
        elif isinstance(parent, ast.Name) and parent.id in OPPOSITES:
            found.append((parent, _opposite))
        elif isinstance(parent, ast.Constant) and type(parent.value) in {bool, int}:
            found.append((parent, _constant))
        elif _is_removable(parent):
            found.append((parent, _remove_from(tree)))
    return sorted(found, key=lambda site: (site[0].lineno, site[0].col_offset))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield everything below a node except annotations, decorators and reports, which decide nothing."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "decorator_list", "returns", "type_comment"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _only_reports(child):
                yield child
                yield from _walk(child)


def _only_reports(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Expr):
        return False
    if isinstance(node.value, ast.Constant):  # a docstring
        return True
    called = node.value.func if isinstance(node.value, ast.Call) else None
    root = called.value if isinstance(called, ast.Attribute) else None
    return isinstance(root, ast.Name) and root.id in QUIET


def _is_removable(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise | ast.Continue | ast.Break) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )


def _comparison(index: int) -> Callable[..., str]:
    def change(node: ast.Compare) -> str:
        before = type(node.ops[index])
        node.ops[index] = SWAPS[before]()  # type: ignore[call-overload] # SWAPS mixes kinds
        return f"{before.__name__} becomes {SWAPS[before].__name__}"

    return change


def _operator(node: Any) -> str:
    before = type(node.op)
    node.op = SWAPS[before]()
    return f"{before.__name__} becomes {SWAPS[before].__name__}"


def _without_not(node: ast.UnaryOp) -> str:
    # Two of them keep the value's type: the operand may be no bool.
    node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
    return "not is removed"


def _opposite(node: ast.Name) -> str:
    before = node.id
    node.id = OPPOSITES[before]
    return f"{before} becomes {node.id}"


def _constant(node: ast.Constant) -> str:
    before: Any = node.value
    node.value = (not before) if isinstance(before, bool) else before + 1
    return f"{before} becomes {node.value}"


def _remove_from(tree: ast.Module) -> Callable[..., str]:
    def change(node: ast.stmt) -> str:
        text = ast.unparse(node).splitlines()[0]
        for parent in ast.walk(tree):
            for _, value in ast.iter_fields(parent):
                if isinstance(value, list) and node in value:
                    value[value.index(node)] = ast.copy_location(ast.Pass(), node)
        return f"{text} is removed"

    return change
