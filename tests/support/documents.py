"""The repository's texts, and the names that they are compared with."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_KEPT = {"htmlcov", "secrets", "var"}
FOLDERS = [
    ".github",
    *(p.name for p in ROOT.glob("[!.]*") if p.is_dir() and p.name not in NOT_KEPT),
]
TEXTS = {"", ".c", ".css", ".html", ".js", ".json", ".md", ".py", ".sh", ".toml", ".yaml", ".yml"}


def text(name: str) -> str:
    return (ROOT / name).read_text()


@cache
def paths() -> frozenset[str]:
    """List every file of the repository from its root, without hidden files at the root."""
    found = [*ROOT.glob("[!.]*"), *(p for folder in FOLDERS for p in (ROOT / folder).rglob("*"))]
    return frozenset(str(path.relative_to(ROOT)) for path in found if path.is_file())


@cache
def texts() -> dict[str, str]:
    """Read each text file, by its path."""
    return {path: text(path) for path in paths() if Path(path).suffix in TEXTS}


def variables() -> list[str]:
    """List every environment variable that the settings and the server's configuration read."""
    read = re.findall(
        r'env\.\w+\(\s*"([A-Z_]+)"', text("config/settings.py") + text("config/posture.py")
    )
    served = re.findall(r'environ\.get\("([A-Z_]+)"', text("config/server.py"))
    return sorted({*read, *served})
