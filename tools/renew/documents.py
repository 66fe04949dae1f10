"""The tables in the documents: each stands between two comments, which name where it comes from.

<!-- table: NAME -->
…
<!-- end of table -->
"""

import re
from collections.abc import Mapping

BLOCK = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def names(document: str) -> list[str]:
    """Return the names of the tables in a document."""
    return [name for _, name, _ in BLOCK.findall(document)]


def renewed(document: str, tables: Mapping[str, str]) -> str:
    """Return the document with these tables. Raises KeyError for a table that it names and nobody has."""

    def block(found: re.Match[str]) -> str:
        begin, name, end = found.groups()
        return f"{begin}{tables[name]}\n{end}"

    return BLOCK.sub(block, document)


def fenced(text: str) -> str:
    """Return text as a block of code."""
    return f"```\n{text}\n```"
