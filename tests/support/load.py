"""The duration of load tests: seconds in `make test-thorough`, a minute in `make test-load`."""

import os

SECONDS = float(os.environ.get("LOAD_SECONDS", "6"))
IS_LONG = SECONDS >= 60
