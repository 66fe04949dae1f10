"""The files of `additional_files`: a ZIP in base64, which a stranger has packed."""

import struct
import zlib
from binascii import a2b_base64
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from executor import MOST_IN, File

ENTRIES = 1000
"""Folders are entries too."""
BROKEN = (
    *(BadZipFile, EOFError, LookupError, OSError, OverflowError, RuntimeError, ValueError),
    *(struct.error, zlib.error),
)
"""What the reader of archives raises for one that is none."""


class NotUnpacked(Exception):
    """An archive that is not read. `str()` is a sentence."""


def files_in(encoded: str, *, most: int) -> tuple[File, ...]:
    """Return the files of an archive, of at most that many bytes in all. Raises NotUnpacked."""
    try:
        with ZipFile(BytesIO(a2b_base64(encoded))) as archive:
            return tuple(_unpacked(archive, most))
    except BROKEN as error:
        raise NotUnpacked("is not a ZIP archive in base64") from error


def _unpacked(archive: ZipFile, most: int) -> Iterator[File]:
    """Yield the files, and stop at the first that is too many or too large."""
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise NotUnpacked(f"has more than {ENTRIES} entries")
    count, left = 0, most
    for entry in entries:
        if entry.is_dir():
            continue
        count += 1
        if count > MOST_IN:
            raise NotUnpacked(f"has more than {MOST_IN} files")
        if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise NotUnpacked("has a file that is encrypted, or packed in an unusual way")
        with archive.open(entry) as packed:
            content = packed.read(left + 1)  # the size in the archive's list may be a lie
        left -= len(content)
        if left < 0:
            raise NotUnpacked("has too many bytes in all")
        yield File(name=entry.filename.removeprefix("./"), content=content)
