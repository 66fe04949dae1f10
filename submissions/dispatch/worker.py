"""Run submissions for the web processes (remote.py): the part of the worker process.

A notification means only that something is queued. The worker picks a user fairly and runs that user's
next submission. So a notification that comes twice finds nothing, and polling makes up for a lost one.
"""

import logging
from functools import partial
from math import inf
from time import monotonic, sleep
from uuid import UUID

from celery.exceptions import Reject
from django.db import DatabaseError, close_old_connections

from executor import Busy, Closed, EngineError, admit_any, retire_slots

from ..lifecycle import queue
from ..lifecycle.attempt import fail, run_submission
from ..lifecycle.errors import CannotRunHere, SandboxUnavailable
from ..lifecycle.models import Submission
from . import active, broker, registry
from .broker import top_up
from .consumers import Consumers
from .heartbeat import Heartbeat
from .host import SandboxHost
from .mailbox import FIRST
from .reporter import Reporter

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""How long a worker that can't run anything leaves the queue to others."""
REMEMBERED_SECONDS = 10.0
"""How long a worker remembers that a run is to end which it does not have, or not yet."""
_reporters: dict[UUID, Reporter] = {}
"""The reporters of this process's runs."""
_called_off: dict[UUID, float] = {}
"""The runs that calls were to end lately, and the monotonic time of each call."""


class WorkerProcess:
    """The background work of a worker, from `start` to `stop`."""

    def __init__(self) -> None:
        self._host = SandboxHost()
        self._listener = broker.Listener(obey, to_workers=True)
        self._heartbeat = Heartbeat(after_recovery=_report_and_top_up)
        # One consumer polls the queue, in case notifications are lost.
        self._consumers = Consumers(1, _run)

    def start(self) -> None:
        """Start all of it and return at once."""
        self._host.start()
        self._listener.start()
        self._heartbeat.start()
        self._consumers.start()

    def serve(self) -> None:
        """Run a submission for each notification, until SIGTERM or SIGINT; runs under way end first."""
        # Celery sets the root logger's level; this keeps it.
        level = logging.getLevelName(logging.getLogger().level)
        options = ["--without-gossip", "--without-mingle", f"--loglevel={level}"]
        broker.app.worker_main(["--quiet", "worker", *options])

    def stop(self) -> None:
        """Stop after `serve`; the consumer's run ends first, while its lease is still renewed."""
        self._consumers.stop()
        self._heartbeat.stop()
        registry.leave()
        self._listener.stop()
        self._host.stop()


def _report_and_top_up() -> None:
    try:
        registry.report()
    except EngineError as error:
        logger.warning("this worker is not listed: %s", error)
    top_up()


@broker.app.task(name=broker.TASK)  # type: ignore[untyped-decorator] # Celery has no types
def run_next(language: str) -> None:
    """Run the next submission in that language, if there is one."""
    close_old_connections()
    submission = None
    try:
        look = partial(queue.users_waiting, language)
        with admit_any(look, most=queue.most_waited(), seconds=PAUSE_SECONDS) as user:
            submission = queue.claim_next(language, user) if user is not None else None
            if submission is not None:
                _run(submission)
    except Busy as error:
        raise Reject(requeue=True) from error  # it has waited; another worker may have a place
    except Closed as error:
        logger.warning("left to another worker: %s", error)
        sleep(PAUSE_SECONDS)
        raise Reject(requeue=True) from error
    except CannotRunHere:
        pass  # stored and logged already; others can run
    except SandboxUnavailable:
        sleep(PAUSE_SECONDS)  # stored and logged already
    except DatabaseError:
        logger.warning("the queue can't be read; its rows are polled later", exc_info=True)
        sleep(PAUSE_SECONDS)
        return
    if submission is not None and (more := queue.next_language(submission.user_id)):
        # It may have been passed over while this one ran, because its user held too many places.
        broker.wake(more)


def _run(submission: Submission) -> None:
    with active.register(submission.pk) as feed:
        reporter = _reporters[submission.pk] = Reporter(submission, feed)
        if monotonic() < _called_off.get(submission.pk, -inf) + REMEMBERED_SECONDS:
            feed.cancellation.cancel()  # the call came between the claim and this
        try:
            _start_reporting(submission, reporter)
            run_submission(
                submission,
                on_event=feed.publish,
                cancellation=feed.cancellation,
                typist=feed.typist,
            )
        finally:
            if _reporters.get(submission.pk) is reporter:
                del _reporters[submission.pk]
    if submission.reply_to and not submission.streamed:
        reporter.report_result(submission.reply_to)


def _start_reporting(submission: Submission, reporter: Reporter) -> None:
    try:
        if submission.streamed:
            reporter.report_to(submission.reply_to)
    except RuntimeError as error:  # no thread is left
        raise fail(submission) from error


def obey(message: broker.Message) -> None:
    """Act on a call to all workers: about a user, or about a run if this one has it."""
    if message["do"] == "retire":
        retire_slots(message["user"])
        return
    pk = UUID(message["id"])
    if message["do"] == "cancel":
        _call_off(pk)
    reporter = _reporters.get(pk)
    if reporter is None:
        return
    if message["do"] == "cancel":
        reporter.feed.cancellation.cancel()
    if message["do"] == "look":
        reporter.feed.typist.look()
    if reply_to := message.get("reply_to"):
        reporter.report_to(reply_to, message.get("mailbox", FIRST))


def _call_off(pk: UUID) -> None:
    """Remember the call, before looking for the run, which may be registered in the same moment."""
    now = monotonic()
    for old in [one for one, called in _called_off.items() if called < now - REMEMBERED_SECONDS]:
        del _called_off[old]
    _called_off[pk] = now
