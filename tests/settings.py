"""The site's settings, with changes for tests."""

import os

os.environ.setdefault("EXECUTOR_INSTANCE", f"test-{os.getpid()}")

from config.settings import *  # noqa: F403
from config.settings import VAR_DIR

# Real password hashers are slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
RUN_RATE = "10000/m"
WEBHOOK_ALLOW_LOOPBACK = False  # as on a site for others
# Every test client loads the middleware. Static files are looked up when they are asked for: to list
# all 2,500 for each client takes 0.3 s.
WHITENOISE_AUTOREFRESH = True
EXECUTOR_SELF_CHECK_SECONDS = 0
if EXECUTOR_ISOLATION == "auto":  # noqa: F405
    EXECUTOR_POOL_SIZE = 1  # the suite's pool is started then (tests/support/lane.py)
if EXECUTOR_DISPATCH == "celery":  # noqa: F405
    # Each process of pytest has its own worker, and nothing else changes the rows of tests.
    BROKER_PREFIX = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"
    EXECUTOR_LEASE_SECONDS = 3600.0
    EXECUTOR_QUEUE_SECONDS = 60.0  # until a worker has begun, on a crowded machine
else:
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}  # noqa: F405
