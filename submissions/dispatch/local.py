"""Run submissions in this process, with its own pool.

If a client waits, the place is taken before anything is stored. So overload leaves no row, and each
accepted submission runs. Submissions for later wait in the database for a thread of consumers.py.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import inf
from threading import Lock
from time import monotonic

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from executor import (
    EngineError,
    GateState,
    Image,
    PoolState,
    Probe,
    RunRequest,
    Threads,
    admit,
    gate_state,
    held_by,
    image_of,
    lane_state,
    offered,
    pool_state,
    retire_slots,
    this_process,
)

from ..lifecycle import queue
from ..lifecycle.attempt import fail, run_submission
from ..lifecycle.errors import NotUnderWay, SandboxUnavailable
from ..lifecycle.idempotency import RequestKey
from ..lifecycle.intake import Also, Origin, cancel_queued, submit, submit_all
from ..lifecycle.models import Status, Submission
from ..telemetry import logs
from . import active
from .consumers import Consumers
from .dispatcher import Dispatcher
from .feed import RESTART, SILENCE_SECONDS, Feed, LiveEvent, stored_output

logger = logging.getLogger(__name__)

REGISTER_SECONDS = 5.0
"""How long `cancel` waits for a claimed run to be registered in active.py, which takes microseconds."""
LOOK_SECONDS = 0.1
"""How often it looks meanwhile whether the run has ended."""


FRESH_SECONDS = 2.0
"""The engine is asked about the images no more often than this, however many ask."""
FIRST_SECONDS = 1.0
"""How long a request waits for another that asks the engine, if nothing is known yet."""


class Images:
    """What the engine said of the offered languages' images a moment ago; thread-safe.

    One thread asks at a time. The others do not wait for an engine that does not answer.
    """

    def __init__(self) -> None:
        self._asking = Lock()
        self._known: dict[str, Image] = {}
        self._asked = -inf

    def read(self) -> dict[str, Image]:
        patience = 0 if self._known else FIRST_SECONDS
        if self._is_stale() and self._asking.acquire(timeout=patience):
            try:
                if self._is_stale():
                    self._known = _ask_for_images()
                    self._asked = monotonic()
            finally:
                self._asking.release()
        return {slug: self._known.get(slug, Image()) for slug in offered()}

    def _is_stale(self) -> bool:
        return self._asked + FRESH_SECONDS < monotonic() or bool(offered().keys() - self._known)


def _ask_for_images() -> dict[str, Image]:
    try:
        return {slug: image_of(language) for slug, language in offered().items()}
    except EngineError:
        return dict.fromkeys(offered(), Image())


class LocalDispatcher(Dispatcher):
    """A dispatcher that runs submissions in threads of this process."""

    serves_sandboxes = True

    def __init__(self) -> None:
        # As many threads as places. They are kept, since each has its own connection to the engine.
        places = settings.EXECUTOR_MAX_RUNS + settings.EXECUTOR_EXTRA_RUNS
        self._consumers = Consumers(places, _run_queued)
        self._threads = Threads(places, "run")
        self._images = Images()
        self._is_started = False

    def start(self) -> None:
        self._is_started = True
        self._consumers.start()

    def stop(self) -> None:
        """Stop when the present runs have ended; queued submissions wait for the next start."""
        self._consumers.stop()
        self._threads.shutdown()

    def after_recovery(self) -> None:
        self._consumers.wake()

    def reaches_broker(self) -> None:
        return None

    def gate_state(self) -> GateState:
        return gate_state()

    def pool_state(self) -> PoolState:
        return pool_state()

    def lanes(self) -> list[Probe]:
        return [lane_state()]

    def retire_slots(self, user: User) -> None:
        retire_slots(user.pk)

    def images(self) -> dict[str, Image]:
        return self._images.read()

    def submit_and_wait(
        self,
        *,
        user: User,
        run: RunRequest,
        origin: Origin,
        experiment: str = "",
        key: RequestKey | None = None,
        also: Also | None = None,
    ) -> Submission:
        """Run it in the caller's thread."""
        with _place(user):
            submission = submit(
                user=user, run=run, origin=origin, experiment=experiment, key=key, also=also
            )
            with active.register(submission.pk) as feed:
                _run(submission, feed, run)
        if submission.status != Status.FINISHED:  # it counted as lost, and has another attempt
            raise SandboxUnavailable(f"The run was interrupted (submission {submission.pk}).")
        return submission

    def submit_and_return(
        self, *, user: User, run: RunRequest, origin: Origin, key: RequestKey | None = None
    ) -> Submission:
        """Run it in another thread, which no slow reader can hold up."""
        if not self._is_started:
            raise RuntimeError("a dispatcher that has not been started begins no run")
        with ExitStack() as held:
            held.enter_context(_place(user))
            submission = submit(user=user, run=run, origin=origin, key=key)
            feed = held.enter_context(active.register(submission.pk))
            place = held.pop_all()
            try:
                run_in = logs.in_this_context(_run_in)
                self._threads.begin(run_in, place, submission, feed, run)
            except RuntimeError as error:  # no thread, or this process is stopping
                place.close()
                raise fail(submission) from error
        return submission

    def submit_later(
        self, *, user: User, runs: Sequence[RunRequest], origin: Origin
    ) -> list[Submission]:
        submissions = submit_all(user=user, runs=runs, origin=origin)
        transaction.on_commit(self._consumers.wake)  # the caller may have more to store with them
        return submissions

    def follow(self, submission: Submission) -> Generator[LiveEvent | None]:
        was_heard = False
        while True:
            feed = active.find(submission.pk)
            if feed is not None:
                if was_heard:
                    yield RESTART
                was_heard = True
                yield from feed.follow()
            submission.refresh_from_db()
            if submission.status == Status.FINISHED:
                break
            yield None  # it is queued, or another process runs it
            active.find(submission.pk, seconds=SILENCE_SECONDS)
        if not was_heard:
            yield from stored_output(submission)

    def wait(self, submission: Submission, seconds: float) -> None:
        give_up = monotonic() + seconds
        while submission.status != Status.FINISHED and not self.is_closing:
            if (left := min(give_up - monotonic(), SILENCE_SECONDS)) <= 0:
                return
            # Not here if it is queued, or another process runs it.
            if feed := active.find(submission.pk, seconds=left):
                feed.wait(left)
            submission.refresh_from_db()

    def leave(self, submission: Submission) -> None:
        pass

    def abandon(self, submission: Submission) -> None:
        if feed := active.find(submission.pk):
            feed.cancellation.cancel()

    def tell_typed(self, submission: Submission) -> None:
        if feed := active.find(submission.pk):
            feed.typist.look()

    def cancel(self, submission: Submission, seconds: float) -> Submission:
        if not cancel_queued(submission):
            if feed := _feed_of(submission):
                feed.cancellation.cancel()
                feed.wait(seconds)
                cancel_queued(submission)  # if it was given back in the same moment
            elif not cancel_queued(submission):  # nor was it given back meanwhile
                is_over = submission.status == Status.FINISHED
                raise NotUnderWay("It is finished." if is_over else "Another process runs it.")
        submission.refresh_from_db()
        return submission


@contextmanager
def _place(user: User) -> Iterator[None]:
    """Take a place for a run that a client waits for."""
    # A user at the limit need not wait for a place. Each submission that a client waits for holds a place
    # here, so a user who holds fewer is below it; `submit` counts exactly, over all processes.
    if held_by(user.pk) >= (settings.RUN_MAX_PER_USER or inf):
        queue.check_waited(user)
    with admit(user.pk, most=queue.most_waited()):
        yield


def _run_queued(submission: Submission) -> None:
    with active.register(submission.pk) as feed:
        _run(submission, feed)


def _run_in(place: ExitStack, submission: Submission, feed: Feed, run: RunRequest) -> None:
    """Run a submission and free its place."""
    try:
        with place:
            _run(submission, feed, run)
    except SandboxUnavailable:
        pass  # stored and logged already
    except Exception:  # the outermost frame of this thread
        logger.exception("submission %s could not be run", submission.pk)
    finally:
        connection.close()


def _run(submission: Submission, feed: Feed, run: RunRequest | None = None) -> Submission:
    return run_submission(
        submission,
        on_event=feed.publish,
        cancellation=feed.cancellation,
        typist=feed.typist,
        request=run,
    )


def _feed_of(submission: Submission) -> Feed | None:
    """Return the feed of a submission's run, if it is here; wait for one that was claimed just now."""
    give_up = monotonic() + REGISTER_SECONDS
    feed = active.find(submission.pk)
    while feed is None:
        submission.refresh_from_db()
        is_here = submission.status == Status.RUNNING and submission.worker == this_process()
        if not is_here or monotonic() >= give_up:
            return None
        feed = active.find(submission.pk, seconds=LOOK_SECONDS)
    return feed
