"""Refuse settings that let one user, or slow requests, take the whole capacity."""

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

SPARE_THREADS = 8
"""Server threads that no run, stream or waiting request may hold, so that pages are always answered."""


def most_streams(of_all: int) -> int:
    """Return the most streams that one user may open. Half are reserved for users who have none, and one
    of the others stays free. With two or three streams in all a user may open one."""
    ordinary = of_all - of_all // 2
    return max(1, ordinary - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """The capacity of a resource, and one user's maximum."""

    all: int
    of_a_user: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """The capacity that runs and waiting requests may hold."""

    runs: Share
    """EXECUTOR_MAX_RUNS and RUN_MAX_PER_USER; the latter may be 0 on a site with one user."""
    interactive: Share
    """Those of the runs that may wait for input. Both are below the number of places."""
    queue: Share
    streams: Share
    waiting: int
    """EXECUTOR_EXTRA_RUNS and EXECUTOR_MAX_WAITING together."""

    @property
    def held_threads(self) -> int:
        """Threads that runs, requests that wait for a place, and streams may hold at once. Downloads
        count as streams, and runs count twice: `clients` has the reason."""
        return 2 * (self.runs.all + self.waiting) + self.streams.all

    @property
    def threads(self) -> int:
        """Fewest threads of a server that runs programs itself."""
        return self.held_threads + SPARE_THREADS

    def clients(self, threads: int, *, is_inline: bool) -> int:
        """Return the number of requests that may wait in one web process for a run on a worker.

        If it runs programs itself: of the streams that begin with a run. Such a stream may still be read
        when its run has ended, and another run has that one's place, so both have threads.
        """
        free = threads - self.streams.all - SPARE_THREADS
        return free // 2 if is_inline else free

    def check(self, *, threads: int, is_inline: bool, is_signup_open: bool) -> None:
        """Check the settings. Raises ImproperlyConfigured with the setting to change."""
        if not self.runs.of_a_user and is_signup_open:
            raise ImproperlyConfigured(
                f"RUN_MAX_PER_USER=0 lets one user take all {self.runs.all} places, and anybody can be a "
                "user: set a limit, or on a site with one user SIGNUP_OPEN=no"
            )
        if self.runs.of_a_user >= self.runs.all:
            raise ImproperlyConfigured(
                f"RUN_MAX_PER_USER={self.runs.of_a_user} lets one user take all {self.runs.all} places: "
                "lower it or raise EXECUTOR_MAX_RUNS (on a site with one user, set it to 0, and "
                "SIGNUP_OPEN=no)"
            )
        if self.interactive.all >= self.runs.all:
            raise ImproperlyConfigured(
                f"INTERACTIVE_MAX={self.interactive.all} lets runs that wait for input take all "
                f"{self.runs.all} places: lower it or raise EXECUTOR_MAX_RUNS"
            )
        if self.interactive.of_a_user >= max(2, self.interactive.all):
            raise ImproperlyConfigured(
                f"INTERACTIVE_MAX_PER_USER={self.interactive.of_a_user} lets one user have all "
                f"{self.interactive.all} interactive runs: lower it or raise INTERACTIVE_MAX"
            )
        if self.streams.of_a_user > most_streams(self.streams.all):
            raise ImproperlyConfigured(
                f"STREAM_MAX_PER_USER={self.streams.of_a_user} lets one user open all of the "
                f"{self.streams.all} streams that are not reserved for others: "
                f"set {most_streams(self.streams.all)} or less, or raise STREAM_MAX"
            )
        if self.queue.of_a_user >= self.queue.all:
            raise ImproperlyConfigured(
                f"QUEUE_MAX_PER_USER={self.queue.of_a_user} lets one user fill the queue of "
                f"{self.queue.all}: lower it or raise QUEUE_MAX"
            )
        if is_inline and threads < self.threads:
            raise ImproperlyConfigured(
                f"WEB_THREADS={threads} is too few: EXECUTOR_MAX_RUNS, EXECUTOR_EXTRA_RUNS, "
                f"EXECUTOR_MAX_WAITING and STREAM_MAX may hold {self.held_threads} of them, and "
                f"{SPARE_THREADS} must stay free; raise it or lower one of these"
            )
        clients = self.clients(threads, is_inline=is_inline)
        if not is_inline and clients <= max(3, self.runs.of_a_user):
            raise ImproperlyConfigured(
                f"WEB_THREADS={threads} is too few: streams may hold {self.streams.all} and "
                f"{SPARE_THREADS} must stay free, which leaves {max(0, clients)} for "
                "requests that wait for a run; raise it or lower STREAM_MAX"
            )
