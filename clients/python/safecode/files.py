"""Files for a run, and those that it gives back."""

from __future__ import annotations

import os
import re
import tempfile
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union
from urllib.parse import quote

from .errors import Unreachable
from .transport import Transport

INLINE_BYTES = 512 * 1024
"""What the files of a request may have together within it; the rest is uploaded before."""
NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f:*?"<>|]')
"""Characters that mean something in paths of some systems, or in terminals."""


@dataclass(frozen=True)
class Upload:
    """A file that is on the site already, for any number of runs until it expires."""

    id: str
    name: str
    size: int
    expires: str | None


Given = Union[str, "os.PathLike[str]", tuple[str, bytes], Upload, Mapping[str, Any]]
"""A file for a run: a path, whose last part is its name there; a name and its content; an upload; or a
dictionary as the API takes it."""


@dataclass(frozen=True)
class File:
    """A file that a run has given back. The program has chosen its name: it is no safe path."""

    name: str
    size: int
    type: str
    """Of an image (PNG, JPEG, GIF, WebP) by its first bytes; else application/octet-stream."""
    sha256: str
    url: str
    transport: Transport = field(repr=False, compare=False)

    def read(self) -> bytes:
        """Return its content. Raises SafeCodeError; NotFound if the site has removed it."""
        return self.transport.content(self.url)

    def save(self, folder: str | os.PathLike[str] = ".", *, overwrite: bool = False) -> Path:
        """Save it into a folder under the last part of its name, and return where it is.

        It is never put outside that folder, and never through a link. Raises FileExistsError if there is
        something of that name, unless `overwrite`.
        """
        content = self.read()
        path = Path(folder) / safe_name(self.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not overwrite:
            with path.open("xb") as made:  # follows no link, since nothing may be there
                made.write(content)
            return path
        number, beside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(number, "wb") as made:
                made.write(content)
            Path(beside).replace(path)  # takes the place of a link, and writes nothing through it
        except BaseException:
            Path(beside).unlink()
            raise
        return path


def safe_name(name: str) -> str:
    """Return the last part of a name, without what some system reads as more than a name."""
    last = re.split(r"[/\\]", name)[-1]
    return NOT_IN_A_NAME.sub("_", last).strip(". ") or "file"


def upload(transport: Transport, name: str, content: bytes) -> Upload:
    """Upload a file. The same one again is the same upload, so this may be repeated."""
    made = transport.json("POST", f"/api/files/?name={quote(name, safe='')}", content)
    try:
        return Upload(made["id"], made["name"], made["size"], made["expires"])
    except (KeyError, TypeError) as error:
        raise Unreachable("The answer is none of a Safe Code Executor.") from error


class Sender:
    """Puts the files of one request into it, as far as there is room, and uploads the others."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._room = INLINE_BYTES

    def sent(self, files: Iterable[Given]) -> list[dict[str, Any]]:
        """Return files as the API takes them. Raises OSError for one that cannot be read."""
        return [self._sent(file) for file in files]

    def _sent(self, file: Given) -> dict[str, Any]:
        if isinstance(file, Upload):
            return {"name": file.name, "id": file.id}
        if isinstance(file, Mapping):
            return dict(file)
        name, content = file if isinstance(file, tuple) else read(file)
        if len(content) > self._room:
            return {"name": name, "id": upload(self._transport, name, content).id}
        self._room -= len(content)
        return {"name": name, "base64": b64encode(content).decode()}


def read(path: str | os.PathLike[str]) -> tuple[str, bytes]:
    """Return the last part of a path, and the content of the file there."""
    return Path(path).name, Path(path).read_bytes()
