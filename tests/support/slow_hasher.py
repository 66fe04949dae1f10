"""A password hasher that takes time but no processor."""

from threading import Event

from django.contrib.auth.hashers import MD5PasswordHasher

SLOW = f"{__name__}.SlowHasher"
"""Its name for the setting."""
CHECK_SECONDS = 0.3


class SlowHasher(MD5PasswordHasher):
    algorithm = "slow"

    def encode(self, password: str, salt: str) -> str:
        Event().wait(CHECK_SECONDS)
        return super().encode(password, salt)
