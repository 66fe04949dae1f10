"""What a process that serves does first."""

from django.db import close_old_connections

from executor import warm_up

from .services import recover_interrupted


def start() -> None:
    """Ends what a predecessor left under way and lets the pool fill in the background."""
    recover_interrupted()
    close_old_connections()
    warm_up()
