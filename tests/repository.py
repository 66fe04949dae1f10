"""The repository's files, as the tests of the documents and of the words read them."""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_KEPT = {"htmlcov", "secrets", "var"}
FOLDERS = [
    ".github",
    *(p.name for p in ROOT.glob("[!.]*") if p.is_dir() and p.name not in NOT_KEPT),
]
TEXTS = {"", ".c", ".css", ".html", ".js", ".json", ".md", ".py", ".sh", ".toml", ".yaml", ".yml"}


@cache
def paths() -> frozenset[str]:
    """Every file from the root, without hidden ones there."""
    found = [*ROOT.glob("[!.]*"), *(p for folder in FOLDERS for p in (ROOT / folder).rglob("*"))]
    return frozenset(str(path.relative_to(ROOT)) for path in found if path.is_file())


@cache
def texts() -> dict[str, str]:
    """What stands in each text file, by its path."""
    return {path: text(path) for path in paths() if Path(path).suffix in TEXTS}


def text(path: str) -> str:
    return (ROOT / path).read_text()
