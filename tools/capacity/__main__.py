"""`python -m tools.capacity check|measure|plan|simulate`; each has --help."""

import sys

from ..command_line import run

COMMANDS = ("check", "measure", "plan", "simulate")


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m tools.capacity {'|'.join(COMMANDS)} [--help] [options]")
    name, *arguments = sys.argv[1:]
    run(f"tools.capacity.commands.{name}", name=f"tools.capacity {name}", arguments=arguments)


if __name__ == "__main__":
    main()
