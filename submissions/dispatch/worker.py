"""Runs submissions for the web processes (remote.py): what a worker process does.

A wake-up says only that something is queued; what is run is whose turn it is. So a wake-up that comes
twice finds nothing, and one that was lost is made up for.
"""

import logging
import threading
from functools import cache, partial
from time import sleep
from typing import Any
from uuid import UUID

from celery.exceptions import Reject
from django.db import DatabaseError, close_old_connections

from executor import Busy, Closed, EngineError, admit_any

from ..lifecycle import queue
from ..lifecycle.attempt import fail, run_submission
from ..lifecycle.errors import SandboxUnavailable
from ..lifecycle.models import Status, Submission
from . import active, broker, feed, host, registry
from .consumers import Runners
from .heartbeat import Keeper
from .wakeups import top_up

logger = logging.getLogger(__name__)

RESULT = (
    "status",
    "verdict",
    "stdout",
    "stderr",
    "error",
    "exit_code",
    "signal",
    "truncated",
    "wall_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "sandbox",
    "attempt",
    "worker",
    "started",
    "finished",
)
RESULT_CHARACTERS = 16 * 1024
"""The broker is for small messages."""
PAUSE_SECONDS = 1.0
"""A worker that can't run anything leaves the queue to others for so long."""


def start() -> None:
    host.start()
    listener()
    keeper()
    runners()


def serve() -> None:
    """Until SIGTERM or SIGINT, and what then runs has ended."""
    # Celery sets the root logger's level, to this.
    level = logging.getLevelName(logging.getLogger().level)
    options = ["--without-gossip", "--without-mingle", f"--loglevel={level}"]
    broker.app.worker_main(["--quiet", "worker", *options])


def stop() -> None:
    """When no wake-up comes any more; what runs ends first."""
    runners().stop()
    keeper().stop()
    registry.leave()
    listener().stop()
    host.stop()


@cache
def listener() -> broker.Listener:
    """This process's, started."""
    made = broker.Listener(_obey, to_workers=True)
    made.start()
    return made


@cache
def keeper() -> Keeper:
    """This process's, started."""
    made = Keeper(afterwards=_afterwards)
    made.start()
    return made


@cache
def runners() -> Runners:
    """This process's, started. One looks at the queue by itself, in case no wake-up comes through."""
    made = Runners(1, _run)
    made.start()
    return made


def _afterwards() -> None:
    try:
        registry.report()
    except EngineError as error:
        logger.warning("this worker is not counted on: %s", error)
    top_up()


@broker.app.task(name=broker.TASK)
def run_next(language: str) -> None:
    """Runs the next submission, if there is one."""
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
    except SandboxUnavailable:
        sleep(PAUSE_SECONDS)  # stored and logged by services
    except DatabaseError:
        logger.warning("the queue can't be read; it is made up for", exc_info=True)
        sleep(PAUSE_SECONDS)
        return
    if submission is not None and (more := queue.has_more(submission.user_id)):
        broker.wake(more)  # it may have been passed over while this one ran


def _run(submission: Submission) -> None:
    with active.entered(submission.pk) as run:
        run.attempt = submission.attempt
        try:
            if submission.streamed:
                _tell(submission.pk, run, submission.reply_to)
        except RuntimeError as error:  # no thread is left
            raise fail(submission) from error
        run_submission(submission, on_event=run.publish, cancellation=run.cancellation)
    if submission.reply_to and not submission.streamed:
        broker.send(
            submission.reply_to,
            _news(submission.pk, run, "ended") | {"result": _result_of(submission)},
        )


def _result_of(submission: Submission) -> dict[str, Any] | None:
    """What was stored, so that who waits need not read it; None if that is better read."""
    is_short = len(submission.stdout) + len(submission.stderr) <= RESULT_CHARACTERS
    if submission.status != Status.FINISHED or not is_short:
        return None
    return {name: getattr(submission, name) for name in RESULT}


def _news(pk: UUID, run: feed.LiveRun, event: str, text: str = "") -> broker.Message:
    return {"id": str(pk), "attempt": run.attempt, "event": event, "text": text}


def _tell(pk: UUID, run: feed.LiveRun, reply_to: str) -> None:
    """Sends all news of a run, from its beginning to its end, in a thread of their own: a broker that is
    slow does not hold up the program."""
    if run.is_told_to(reply_to):
        return

    def tell() -> None:
        broker.send(reply_to, _news(pk, run, "begun"))
        for event in run.follow():
            if event is not None:
                broker.send(reply_to, _news(pk, run, *event))
        broker.send(reply_to, _news(pk, run, "ended"))

    threading.Thread(target=tell, name="teller", daemon=True).start()


def _obey(message: broker.Message) -> None:
    """A call to all workers, about a run that may be this one's."""
    pk = UUID(message["id"])
    run = active.find(pk)
    if run is None:
        return
    if message["do"] == "cancel":
        run.cancellation.cancel()
    elif message["do"] == "tell":
        _tell(pk, run, message["reply_to"])
