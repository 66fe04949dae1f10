"""Run pytest against the distributed site: python -m tests.services [arguments of pytest].

The tests are those of the other mode, with a private broker and database, and a worker in each of
pytest's processes (tests/conftest.py). Without the programs of both it fails, unless WITHOUT_SERVICES is
"yes".
"""

import os
import subprocess
import sys

from tests.support.services.postgresql import NOT_DURABLE, postgres, program
from tests.support.services.rabbitmq import PROGRAM, broker


def arguments(given: list[str]) -> list[str]:
    """Leave out the tests of one process. pytest takes only its last -m, so this joins a given one."""
    marks = "not inline"
    if "-m" in given:
        at = given.index("-m")
        marks = f"({given[at + 1]}) and {marks}"
        given = given[:at] + given[at + 2 :]
    return ["-m", marks, *given]


def main() -> int:
    if not program("initdb") or not PROGRAM.exists():
        print("PostgreSQL or RabbitMQ is not installed: the distributed site is not tested")
        return 0 if os.environ.get("WITHOUT_SERVICES") == "yes" else 1
    with postgres(**NOT_DURABLE) as database, broker() as messages:
        environment = os.environ | {
            "EXECUTOR_DISPATCH": "celery",
            "DATABASE_URL": database.url,
            "BROKER_URL": messages.url,
        }
        # The test database goes with the cluster; threads still hold connections to it.
        command = [sys.executable, "-m", "pytest", "--reuse-db", *arguments(sys.argv[1:])]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
