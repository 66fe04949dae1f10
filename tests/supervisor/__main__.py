"""`make fuzz`: much that is odd or wrong for the supervisor, compiled with sanitizers.

    python -m tests.supervisor [--inputs 2000000] [--seed N]

These are mutated request lines, and for every hundred of them an error report, an input that is taken in
odd pieces, a series of counted calls, and files that come with a request. Each must be answered as
tests/support/supervisor/ expects. A seed repeats them.
"""

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path
from random import SystemRandom

from tests.support.supervisor.box import fuzz_box
from tests.support.supervisor.channels import fuzz_calls, fuzz_errors, fuzz_input
from tests.support.supervisor.harness import compile_harness, running
from tests.support.supervisor.requests import fuzz

SHOWN = 10
TARGETS = ((fuzz, 1), (fuzz_errors, 100), (fuzz_input, 100), (fuzz_calls, 100), (fuzz_box, 100))
"""Each with the number of request lines to one of its questions."""


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
        wrong = [
            found
            for target, rarity in TARGETS
            for found in islice(target(harness, given.seed, given.inputs // rarity), SHOWN)
        ]
    for question, answer, expected in wrong:
        print(f"{question!r}\n    answers {answer!r}\n    expected {expected!r}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
