"""Has submissions run by workers (worker.py), on other machines: what a web process does.

A submission is stored as queued, and a worker is woken. Its news come to this process's own queue, whose
name is in the row. News can be lost, so who waits looks at the row as well, once a second.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from time import monotonic, sleep
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from executor import Admission, Busy, GateState, Language, PoolState, RunRequest, light_seconds

from ..lifecycle import queue
from ..lifecycle.errors import NotUnderWay, SandboxUnavailable
from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Mode, Origin, cancel_queued, submit, submit_all, withdraw
from ..lifecycle.models import Status, Submission, Verdict
from . import broker, feed, registry, watching
from .feed import LiveEvent, stored_output
from .heartbeat import Keeper
from .wakeups import top_up, wake_for

END_SECONDS = 10.0
"""How long a cancelled run is waited for."""
LOOK_SECONDS = 0.05
CHANGING = [
    field.name
    for field in Submission._meta.concrete_fields
    if field.name not in {"code", "stdin", "args", "limits", "user", "evidence", "user_agent"}
]
"""What a waiting request needs to read again and again."""
PATIENCE_SECONDS = 30.0
"""Beyond its wall clock, how long a submission that a worker has begun is waited for: long enough for
a second attempt after the first has lost its worker."""


def start() -> None:
    listener()
    keeper()


def stop() -> None:
    keeper().stop()
    listener().stop()


def reaches_broker() -> bool:
    return listener().is_connected


@cache
def listener() -> broker.Listener:
    """This process's, started."""
    made = broker.Listener(_hear)
    made.start()
    return made


@cache
def keeper() -> Keeper:
    """This process's, started."""
    made = Keeper(afterwards=top_up)
    made.start()
    return made


@cache
def clients() -> Admission:
    """Who may wait for a run in this process: each holds a thread of the server. The last quarter is for
    users for whom nobody waits here, as the executor's extra places are."""
    extra = max(1, settings.WEB_CLIENTS_MAX // 4)
    return Admission(
        places=settings.WEB_CLIENTS_MAX - extra,
        extra=extra,
        waiting=0,
        seconds=0,
        light_seconds=light_seconds(),
    )


def _hear(message: broker.Message) -> None:
    """News of a run that somebody here may wait for."""
    news = watching.news_of(UUID(message["id"]))
    if news is None:
        return
    if message["attempt"] > news.attempt > 0:
        news.publish(feed.RESTART)
    news.attempt = message["attempt"]
    news.result = message.get("result")
    if message["event"] in {"begun", "ended"}:
        news.look()
    else:
        news.publish(LiveEvent(message["event"], message["text"]))


def gate_state() -> GateState:
    return registry.gates()


def pool_state() -> PoolState:
    return registry.pools()


def runtime(language: Language) -> str:
    return registry.runtimes().get(language.slug, "")


def submit_and_wait(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    key: Once | None = None,
) -> Submission:
    with _submitted(user=user, run=run, origin=origin, experiment=experiment, key=key) as (
        submission,
        news,
    ):
        _wait_for_a_worker(submission, news)
        _wait_for_the_end(submission, news)
    return submission


def submit_and_return(*, user: User, run: RunRequest, origin: Origin) -> Submission:
    with ExitStack() as held:
        submitted = _submitted(user=user, run=run, origin=origin, streamed=True)
        submission, news = held.enter_context(submitted)
        _wait_for_a_worker(submission, news)
        _watching[submission.pk] = held.pop_all()
    return submission


_watching: dict[UUID, ExitStack] = {}
"""Streams whose reader has yet to come, or to leave: none of their news is to be missed."""


@contextmanager
def _submitted(
    *,
    user: User,
    run: RunRequest,
    origin: Origin,
    experiment: str = "",
    key: Once | None = None,
    streamed: bool = False,
) -> Iterator[tuple[Submission, feed.LiveRun]]:
    """Stored, and a worker woken; its news are heard within the block."""
    registry.check()
    pk = uuid4()
    with clients().place(user.pk), watching.watched(pk) as news:
        submission = submit(
            user=user,
            run=run,
            origin=origin,
            experiment=experiment,
            key=key,
            mode=Mode.STREAMED if streamed else Mode.WAITED,
            reply_to=listener().name,
            pk=pk,
        )
        broker.wake(submission.language)
        yield submission, news


def _wait_for_a_worker(submission: Submission, news: feed.LiveRun) -> None:
    """Until one has begun. Raises Busy, and nothing is left of the submission, if none has time."""
    give_up = monotonic() + settings.EXECUTOR_QUEUE_SECONDS
    while submission.status == Status.QUEUED and submission.attempt == 0:
        left = give_up - monotonic()
        if left <= 0 and withdraw(submission):
            raise Busy("too many runs are under way", retry_after=queue.seconds_to_an_end())
        news.wait_to_look(min(max(left, 0), feed.SILENCE_SECONDS))
        _look(submission, news)


def _look(submission: Submission, news: feed.LiveRun) -> None:
    """At what came with the news of its end, or else at the row."""
    if news.result is None:
        submission.refresh_from_db(fields=CHANGING)
        return
    for name, value in news.result.items():
        setattr(submission, name, value)


def _wait_for_the_end(submission: Submission, news: feed.LiveRun) -> None:
    """Raises SandboxUnavailable."""
    give_up = monotonic() + submission.limits["wall_seconds"] + PATIENCE_SECONDS
    while submission.status != Status.FINISHED and monotonic() < give_up:
        news.wait_to_look(feed.SILENCE_SECONDS)
        _look(submission, news)
    if not submission.sandbox and submission.verdict != Verdict.CANCELLED:
        raise SandboxUnavailable(
            f"No sandbox can be had at the moment (submission {submission.pk})."
        )


def submit_later(*, user: User, runs: Sequence[RunRequest], origin: Origin) -> list[Submission]:
    submissions = submit_all(user=user, runs=runs, origin=origin)
    transaction.on_commit(partial(wake_for, submissions))  # the caller may store more with them
    return submissions


def follow(submission: Submission) -> Iterator[LiveEvent | None]:
    heard = False
    with watching.watched(submission.pk) as news:
        for event in _until_finished(submission, news):
            heard = heard or event is not None
            yield event
    if not heard:
        yield from stored_output(submission)


def _until_finished(submission: Submission, news: feed.LiveRun) -> Iterator[LiveEvent | None]:
    submission.refresh_from_db()
    if submission.status == Status.FINISHED and news.is_silent:
        return
    if not (submission.streamed and submission.reply_to == listener().name):
        _ask_for_news(submission)
    for event in news.follow():
        if event is not None and event != feed.LOOK:
            yield event
            continue
        submission.refresh_from_db()
        if submission.status == Status.FINISHED:
            return
        if news.is_silent:  # it may have begun only now
            _ask_for_news(submission)
        yield None


def _ask_for_news(submission: Submission) -> None:
    broker.call_workers({"do": "tell", "id": str(submission.pk), "reply_to": listener().name})


def abandon(submission: Submission) -> None:
    if held := _watching.pop(submission.pk, None):
        held.close()
    if submission.status != Status.FINISHED and not cancel_queued(submission):
        _call_it_off(submission)


def cancel(submission: Submission) -> Submission:
    if not cancel_queued(submission):
        submission.refresh_from_db()
        if submission.status == Status.FINISHED:
            raise NotUnderWay("It is finished.")
        _call_it_off(submission)
        give_up = monotonic() + END_SECONDS
        while submission.status != Status.FINISHED and monotonic() < give_up:
            sleep(LOOK_SECONDS)
            submission.refresh_from_db()
    submission.refresh_from_db()
    return submission


def _call_it_off(submission: Submission) -> None:
    broker.call_workers({"do": "cancel", "id": str(submission.pk)})
