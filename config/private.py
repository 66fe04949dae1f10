"""Make the service's files readable by its own user only."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

UMASK = 0o077


def keep_files_private() -> None:
    """Set the umask of this process: only its own user may use files that it creates."""
    os.umask(UMASK)


def private_directory(path: Path) -> Path:
    """Create a directory for the service's files, or restrict the existing one.

    An earlier version may have created files in it that everybody may read. A directory of mode 0700
    hides them; their own rights are restricted too, in case somebody opens the directory again.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat()
    if found.st_mode & stat.S_ISVTX:
        # A shared directory such as /tmp: others depend on its mode.
        raise ImproperlyConfigured(
            f"VAR_DIR={path} is shared; give the site a directory of its own"
        )
    if found.st_uid != os.geteuid():  # only its owner may change the mode
        return path
    # A read-only file system, such as that of a container's image, refuses chmod.
    if not os.statvfs(path).f_flag & os.ST_RDONLY:
        for entry in (path, *path.iterdir()):
            _restrict(entry)
    return path


def _restrict(path: Path) -> None:
    """Remove the rights of group and others. Skip links: chmod would follow them."""
    with suppress(FileNotFoundError):  # SQLite may remove its journal at any time
        found = path.lstat()
        is_own = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
        if is_own and found.st_mode & UMASK:
            path.chmod(stat.S_IMODE(found.st_mode) & ~UMASK)
