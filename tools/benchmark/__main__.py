"""`python -m tools.benchmark`."""

import sys

from ..command_line import run

if __name__ == "__main__":
    run("tools.benchmark.command", name="tools.benchmark", arguments=sys.argv[1:])
