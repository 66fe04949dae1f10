"""Files of the service: nobody but its own user reads them."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

UMASK = 0o077


def keep_files_private() -> None:
    """Set the umask of this process: what it creates is its own user's alone."""
    os.umask(UMASK)


def private_directory(path: Path) -> Path:
    """Create a directory for the service's files, or tighten the one that is there.

    Files in it were perhaps created by an earlier version, readable for everybody: a directory of mode
    0700 hides them, and they are tightened too in case somebody opens the directory again.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat()
    if found.st_mode & stat.S_ISVTX:
        # A shared directory such as /tmp. Its mode is not ours to change.
        raise ImproperlyConfigured(
            f"VAR_DIR={path} is shared; give the site a directory of its own"
        )
    if found.st_uid != os.geteuid():  # only its owner may change the mode
        return path
    if (
        not os.statvfs(path).f_flag & os.ST_RDONLY
    ):  # such as the image's own, in a read-only container
        for entry in (path, *path.iterdir()):
            _tighten(entry)
    return path


def _tighten(path: Path) -> None:
    """Take the rights of group and others away. A link is left alone: chmod would follow it."""
    with suppress(FileNotFoundError):  # SQLite removes its journal whenever it likes
        found = path.lstat()
        is_own = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
        if is_own and found.st_mode & UMASK:
            path.chmod(stat.S_IMODE(found.st_mode) & ~UMASK)
