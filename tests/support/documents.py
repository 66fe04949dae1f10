"""The repository's texts, and what they are compared with."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def text(name):
    return (ROOT / name).read_text()


def variables():
    """Every environment variable that the settings and the server's configuration read."""
    read = re.findall(
        r'env\.\w+\(\s*"([A-Z_]+)"', text("config/settings.py") + text("config/posture.py")
    )
    served = re.findall(r'environ\.get\("([A-Z_]+)"', text("config/server.py"))
    return sorted({*read, *served})
