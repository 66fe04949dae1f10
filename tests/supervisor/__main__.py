"""`make fuzz`: many mutated request lines for the supervisor, compiled with sanitizers.

    python -m tests.supervisor [--inputs 2000000] [--seed N]

Each must be accepted or refused as tests/support/supervisor/requests.py expects.
A seed repeats the lines.
"""

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path
from random import SystemRandom

from tests.support.supervisor.harness import compile_harness, running
from tests.support.supervisor.requests import fuzz

SHOWN = 10


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=2_000_000)
    options.add_argument("--seed", type=int, default=SystemRandom().getrandbits(32))
    given = options.parse_args()
    print(f"{given.inputs} inputs, seed {given.seed}", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="fuzz-") as place,
        running(compile_harness(Path(place))) as harness,
    ):
        wrong = list(islice(fuzz(harness, given.seed, given.inputs), SHOWN))
    for line, answer, expected in wrong:
        print(f"{line!r}\n    answers {answer!r}\n    expected {expected!r}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
