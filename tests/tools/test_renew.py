"""The documents hold what the records of the measurements give."""

from pathlib import Path

import pytest

from tools.renew.command import DOCUMENTS, documents
from tools.renew.documents import fenced, names, renewed

DOCUMENT = """Before.

<!-- table: speed -->
old
<!-- end of table -->

Between.

<!-- table: costs -->
<!-- end of table -->
After.
"""


def test_table_takes_the_place_of_the_old_one_and_the_text_stays() -> None:
    found = renewed(DOCUMENT, {"speed": "| new |", "costs": fenced("a  b")})
    assert found == DOCUMENT.replace("old", "| new |").replace(
        "costs -->\n", "costs -->\n```\na  b\n```\n"
    )
    assert renewed(found, {"speed": "| new |", "costs": fenced("a  b")}) == found


def test_table_that_nobody_has_is_an_error() -> None:
    with pytest.raises(KeyError, match="costs"):
        renewed(DOCUMENT, {"speed": ""})


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document_holds_the_tables_of_the_records(path: Path) -> None:
    """Else: `python -m tools.renew --documents`."""
    assert names(path.read_text())
    assert documents()[path] == path.read_text()
