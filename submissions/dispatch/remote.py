"""Has submissions run by workers (worker.py), on other machines: what a web process does.

A submission is stored as queued, and a worker is notified. Reports of its run come to the queue of this
process, whose name is in the row. They can be lost, so a waiting request looks at the row as well, once a
second.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from time import monotonic
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from executor import Admission, Busy, GateState, Language, PoolState, RunRequest, light_seconds

from ..lifecycle import columns, queue
from ..lifecycle.errors import NotUnderWay, SandboxUnavailable
from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Mode, Origin, cancel_queued, submit, submit_all, withdraw
from ..lifecycle.models import Status, Submission, Verdict
from . import broker, registry
from .dispatcher import Dispatcher
from .feed import SILENCE_SECONDS, LiveEvent, stored_output
from .mailbox import Mailbox, mailbox_of, watched

END_SECONDS = 10.0
"""How long a cancelled run is waited for."""
CHANGING = (*columns.STATE, *columns.RESULT)
"""What a waiting request needs to read again and again."""
PATIENCE_SECONDS = 30.0
"""Beyond its wall clock, how long a submission that a worker has begun is waited for: long enough for
a second attempt after the first has lost its worker."""


class RemoteDispatcher(Dispatcher):
    """Queues submissions for workers, and receives their reports."""

    serves_sandboxes = False

    def __init__(self) -> None:
        self._listener = broker.Listener(receive)
        # Each client that waits for a run holds a thread of the server. The last quarter is for users
        # for whom nobody waits here, as the executor's extra slots are.
        extra = max(1, settings.WEB_CLIENTS_MAX // 4)
        self.clients = Admission(
            places=settings.WEB_CLIENTS_MAX - extra,
            extra=extra,
            waiting=0,
            seconds=0,
            light_seconds=light_seconds(),
        )
        self._unread: dict[UUID, ExitStack] = {}
        """Streams whose reader has yet to come, or to leave: none of their reports may be missed."""

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()

    def after_recovery(self) -> None:
        broker.top_up()

    def reaches_broker(self) -> bool:
        return self._listener.is_connected

    def gate_state(self) -> GateState:
        return registry.gates()

    def pool_state(self) -> PoolState:
        return registry.pools()

    def runtime(self, language: Language) -> str:
        return registry.runtimes().get(language.slug, "")

    def submit_and_wait(
        self,
        *,
        user: User,
        run: RunRequest,
        origin: Origin,
        experiment: str = "",
        key: Once | None = None,
    ) -> Submission:
        """Wait in the caller's thread for a worker, and for the end."""
        submitted = self._submitted(user, run, origin, Mode.WAITED, experiment=experiment, key=key)
        with submitted as wait:
            wait.for_a_worker()
            wait.for_the_result()
            return wait.submission

    def submit_and_return(self, *, user: User, run: RunRequest, origin: Origin) -> Submission:
        """Return when a worker has begun."""
        with ExitStack() as client:
            wait = client.enter_context(self._submitted(user, run, origin, Mode.STREAMED))
            wait.for_a_worker()
            self._unread[wait.submission.pk] = client.pop_all()
        return wait.submission

    @contextmanager
    def _submitted(
        self,
        user: User,
        run: RunRequest,
        origin: Origin,
        mode: Mode,
        *,
        experiment: str = "",
        key: Once | None = None,
    ) -> Iterator["Wait"]:
        """Store a submission and notify a worker; its reports are received within the block."""
        registry.check()
        pk = uuid4()
        with self.clients.place(user.pk), watched(pk) as mailbox:
            submission = submit(
                user=user,
                run=run,
                origin=origin,
                experiment=experiment,
                key=key,
                mode=mode,
                reply_to=self._listener.name,
                pk=pk,
            )
            broker.wake(submission.language)
            yield Wait(submission, mailbox)

    def submit_later(
        self, *, user: User, runs: Sequence[RunRequest], origin: Origin
    ) -> list[Submission]:
        submissions = submit_all(user=user, runs=runs, origin=origin)
        # The caller may store more with them.
        transaction.on_commit(partial(broker.wake_for, submissions))
        return submissions

    def follow(self, submission: Submission) -> Iterator[LiveEvent | None]:
        was_heard = False
        with watched(submission.pk) as mailbox:
            for event in self._until_finished(submission, mailbox):
                was_heard = was_heard or event is not None
                yield event
        if not was_heard:
            yield from stored_output(submission)

    def _until_finished(
        self, submission: Submission, mailbox: Mailbox
    ) -> Iterator[LiveEvent | None]:
        submission.refresh_from_db()
        if submission.status == Status.FINISHED and mailbox.is_empty:
            return
        if not (submission.streamed and submission.reply_to == self._listener.name):
            self._call_workers("tell", submission)
        for event in mailbox.follow():
            if event is not None:
                yield event
                continue
            submission.refresh_from_db()
            if submission.status == Status.FINISHED:
                return
            if mailbox.is_empty:  # it may have begun only now
                self._call_workers("tell", submission)
            yield None

    def abandon(self, submission: Submission) -> None:
        if client := self._unread.pop(submission.pk, None):
            client.close()
        if submission.status != Status.FINISHED and not cancel_queued(submission):
            self._call_workers("cancel", submission)

    def cancel(self, submission: Submission) -> Submission:
        if not cancel_queued(submission):
            submission.refresh_from_db()
            if submission.status == Status.FINISHED:
                raise NotUnderWay("It is finished.")
            with watched(submission.pk) as mailbox:
                self._call_workers("cancel", submission)
                Wait(submission, mailbox).for_the_end(END_SECONDS)
        submission.refresh_from_db()
        return submission

    def _call_workers(self, do: str, submission: Submission) -> None:
        """Have the worker that runs it do so, and report the run to this process from its beginning."""
        reply_to = self._listener.name
        broker.broadcast({"do": do, "id": str(submission.pk), "reply_to": reply_to})


class Wait:
    """A client's wait for a submission, whose row is read when a report says so, or once a second."""

    def __init__(self, submission: Submission, mailbox: Mailbox) -> None:
        self.submission = submission
        self._mailbox = mailbox
        self._looks = 0

    def for_a_worker(self) -> None:
        """Return when one has begun. Raises Busy, and nothing is left of the submission, if none has
        time."""
        give_up = monotonic() + settings.EXECUTOR_QUEUE_SECONDS
        while self.submission.status == Status.QUEUED and self.submission.attempt == 0:
            left = give_up - monotonic()
            if left <= 0 and withdraw(self.submission):
                raise Busy("too many runs are under way", retry_after=queue.seconds_to_an_end())
            self._look(min(max(left, 0), SILENCE_SECONDS))

    def for_the_result(self) -> None:
        """Return when it has finished. Raises SandboxUnavailable if no sandbox has run it."""
        submission = self.submission
        self.for_the_end(submission.limits["wall_seconds"] + PATIENCE_SECONDS)
        if not submission.sandbox and submission.verdict != Verdict.CANCELLED:
            raise SandboxUnavailable(f"No sandbox is available (submission {submission.pk}).")

    def for_the_end(self, seconds: float) -> None:
        """Return when it has finished, or after that time."""
        give_up = monotonic() + seconds
        while self.submission.status != Status.FINISHED and monotonic() < give_up:
            self._look(SILENCE_SECONDS)

    def _look(self, seconds: float) -> None:
        """Take what came with the report of the end, or else read the row."""
        self._looks = self._mailbox.wait_to_look(self._looks, seconds)
        if self._mailbox.result is None:
            self.submission.refresh_from_db(fields=CHANGING)
            return
        for name, value in self._mailbox.result.items():
            setattr(self.submission, name, value)


def receive(message: broker.Message) -> None:
    """Take a report of a run that somebody here may wait for."""
    if mailbox := mailbox_of(UUID(message["id"])):
        mailbox.receive(message)
