"""Compile submissions/locale/: `python -m tools.messages`. Django's own command needs GNU gettext."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

UNCHANGING = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Path(__file__).parent.parent / "submissions/locale/en/LC_MESSAGES/django.po"


def compiled() -> bytes:
    """Return the sentences in the form that Django reads."""
    with SOURCE.open("rb") as source, BytesIO() as target:
        catalogue = read_po(source, locale="en", abort_invalid=True)
        # The time of the compilation would be in the file.
        catalogue.creation_date = catalogue.revision_date = UNCHANGING
        write_mo(target, catalogue)
        return target.getvalue()


if __name__ == "__main__":
    SOURCE.with_suffix(".mo").write_bytes(compiled())
