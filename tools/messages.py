"""Compile submissions/locale/: `python -m tools.messages`. Django's own command needs GNU gettext."""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).parent.parent / "submissions/locale/en/LC_MESSAGES/django.po"


def compiled() -> bytes:
    """Return the sentences in the form that Django reads."""
    with SOURCE.open("rb") as source, BytesIO() as target:
        write_mo(target, read_po(source, locale="en", abort_invalid=True))
        return target.getvalue()


if __name__ == "__main__":
    SOURCE.with_suffix(".mo").write_bytes(compiled())
