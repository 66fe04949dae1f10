"""The graph of imports: its cycles and its longest chain."""

from collections.abc import Iterable, Mapping

from .modules import Module


def import_graph(found: Iterable[Module]) -> dict[str, set[str]]:
    """Map each module to the measured modules that it imports.

    Importing `a.b` also loads `a`, but that does not count: its `__init__` often imports its modules.
    """
    by_name = {module.name: module for module in found}

    def target(base: str, name: str) -> str:
        # `from a import b` means b of `a/__init__.py` if that binds b, otherwise the module a.b.
        bound = base in by_name and name in by_name[base].imported_names
        return base if bound or f"{base}.{name}" not in by_name else f"{base}.{name}"

    return {
        module.name: {target(base, name) for base, name in module.imports()}
        & by_name.keys() - {module.name}
        for module in by_name.values()
    }


def cycles_and_chain(
    graph: Mapping[str, set[str]],
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Find the import cycles, and the longest chain of imports in which a cycle is one link."""
    reach = {module: reachable(graph, module) for module in graph}
    link = {m: tuple(sorted(n for n in reach[m] if m in reach[n])) for m in graph}
    cycles = {members for members in link.values() if len(members) > 1}
    longest: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}

    # A link reaches more modules than any link below it, so sorting by reach puts those below first.
    for members in sorted(set(link.values()), key=lambda members: len(reach[members[0]])):
        below = {link[needed] for member in members for needed in graph[member]} - {members}
        ends = sorted((longest[needed] for needed in below), key=lambda end: (-len(end), end))
        longest[members] = (members, *(ends[0] if ends else ()))
    chain = min(longest.values(), key=lambda chain: (-len(chain), chain), default=())
    return tuple(sorted(cycles)), tuple(" = ".join(members) for members in chain)


def reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Collect a module and what it imports, directly or through others."""
    found = {start}
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found
