"""`python -m tools.renew`."""

import sys

from ..command_line import run

if __name__ == "__main__":
    run("tools.renew.command", name="tools.renew", arguments=sys.argv[1:])
