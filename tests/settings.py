"""The site's settings with what tests need otherwise."""

import os

os.environ.setdefault("EXECUTOR_INSTANCE", f"test-{os.getpid()}")

from config.settings import *  # noqa: F403
from config.settings import VAR_DIR

# Work factors are for real passwords.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
RUN_RATE = "10000/m"
EXECUTOR_SELF_CHECK_SECONDS = 0
DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}  # noqa: F405
