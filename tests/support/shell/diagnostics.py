"""How Bash reports errors."""

import re

from executor.languages.diagnostics import Diagnostics

ERROR = re.compile(r"/app/script\.sh: line (\d{1,7}): (.*)")


def own_error(lines: list[str]) -> tuple[str, str] | None:
    found = [error for line in lines if (error := ERROR.match(line))]
    return (found[-1][1], found[-1][2]) if found else None


DIAGNOSTICS = Diagnostics(own_error=own_error)
