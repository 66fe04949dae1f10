"""A password hasher that takes its time without taking the processor's."""

from threading import Event

from django.contrib.auth.hashers import MD5PasswordHasher

SLOW = f"{__name__}.SlowHasher"
"""As a setting names it."""
CHECK_SECONDS = 0.3


class SlowHasher(MD5PasswordHasher):
    algorithm = "slow"

    def encode(self, password: str, salt: str) -> str:
        Event().wait(CHECK_SECONDS)
        return super().encode(password, salt)
