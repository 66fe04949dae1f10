"""The command `safecode`, in a process of its own."""

import os
import subprocess
import sys

from tests.support.documents import ROOT
from tools.site import Service


def command(
    served: Service, *arguments: str, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command `safecode`."""
    own = {
        "PYTHONPATH": str(ROOT / "clients" / "python"),
        "PYTHONUTF8": "1",
        "SAFE_CODE_URL": served.address,
        "SAFE_CODE_TOKEN": served.token,
    }
    return subprocess.run(
        [sys.executable, "-m", "safecode", *arguments],
        input=given,
        env={**os.environ, **own, **environment},
        capture_output=True,
        text=True,
    )
