"""Run programs in the sandboxes of a Safe Code Executor.

    from safecode import Client
    run = Client().run("print(6 * 7)")
    print(run.output, run.verdict)

`SAFE_CODE_URL` and `SAFE_CODE_TOKEN` name the site and hold your API token.
"""

from .client import Batch, Client
from .errors import Busy, Failed, NotFound, Refused, SafeCodeError, Unauthorized, Unreachable
from .files import File, Upload
from .results import Details, Run, Usage

__all__ = [
    "Batch",
    "Busy",
    "Client",
    "Details",
    "Failed",
    "File",
    "NotFound",
    "Refused",
    "Run",
    "SafeCodeError",
    "Unauthorized",
    "Unreachable",
    "Upload",
    "Usage",
]
