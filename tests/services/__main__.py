"""Run pytest against the distributed site: python -m tests.services [arguments of pytest].

The tests are those of the other mode, with a private broker and database, and a worker in each of
pytest's processes (tests/conftest.py).
"""

import os
import subprocess
import sys

from tests.support.services.postgresql import NOT_DURABLE, postgres, program
from tests.support.services.rabbitmq import PROGRAM, broker


def main() -> int:
    if not program("initdb") or not PROGRAM.exists():
        print("PostgreSQL or RabbitMQ is not installed: the distributed site is not tested")
        return 0
    with postgres(**NOT_DURABLE) as database, broker() as messages:
        environment = os.environ | {
            "EXECUTOR_DISPATCH": "celery",
            "DATABASE_URL": database.url,
            "BROKER_URL": messages.url,
        }
        # The test database goes with the cluster; threads still hold connections to it.
        command = [sys.executable, "-m", "pytest", "--reuse-db", "-m", "not inline", *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
