"""How Bash reports errors."""

import re

from executor.languages.diagnostics import Diagnostics
from executor.uncaught import Uncaught

ERROR = re.compile(r"/(?:app|box)/script\.sh: line (\d{1,7}): (.*)")


def last_error(lines: list[str]) -> Uncaught | None:
    found = [error for line in lines if (error := ERROR.match(line))]
    if not found:
        return None
    number, message = found[-1].groups()
    return Uncaught(phase="run", kind="exception", type="", message=message, line=int(number))


DIAGNOSTICS = Diagnostics(last_error=last_error)
