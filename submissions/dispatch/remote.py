"""Let workers on other machines run submissions (worker.py): the part of the web process.

A submission is stored as queued, and a worker is notified. Reports of its run come to the queue of this
process, which the row names. They may be lost, so a waiting request also polls the row every second.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from time import monotonic
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from executor import (
    Admission,
    Busy,
    GateState,
    Image,
    PoolState,
    Probe,
    RunRequest,
    light_seconds,
)

from ..lifecycle import columns, queue
from ..lifecycle.errors import FAILED, NotUnderWay, SandboxUnavailable
from ..lifecycle.idempotency import RequestKey
from ..lifecycle.intake import (
    Also,
    Mode,
    Origin,
    cancel_queued,
    discard_unclaimed,
    submit,
    submit_all,
)
from ..lifecycle.models import Status, Submission, Verdict
from . import broker, registry
from .dispatcher import Dispatcher
from .feed import SILENCE_SECONDS, LiveEvent, stored_output
from .mailbox import FIRST, Mailbox, mailbox_of, watched

PATIENCE_SECONDS = 30.0
"""How long a client waits beyond the wall clock of a submission that a worker has begun: long enough for
a second attempt after the first has lost its worker."""


class RemoteDispatcher(Dispatcher):
    """A dispatcher that queues submissions for workers, and receives their reports."""

    serves_sandboxes = False

    def __init__(self) -> None:
        self._listener = broker.Listener(receive)
        # Each client that waits for a run holds a thread of the server. The last quarter is for users
        # who hold none yet, as the executor's extra places are.
        extra = max(1, settings.WEB_CLIENTS_MAX // 4)
        self.clients = Admission(
            places=settings.WEB_CLIENTS_MAX - extra,
            extra=extra,
            waiting=0,
            seconds=0,
            light_seconds=light_seconds(),
        )
        self._unread: dict[UUID, ExitStack] = {}
        """Streams until their `leave`. Their mailboxes stay open, so that no report is lost before the
        reader comes."""

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

    def lanes(self) -> list[Probe]:
        return registry.lanes()

    def retire_slots(self, user: User) -> None:
        # A call may be lost; a worker then finds out by itself (host.py).
        broker.broadcast({"do": "retire", "user": user.pk})

    def images(self) -> dict[str, Image]:
        return registry.images()

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
        """Wait in the caller's thread for a worker, and for the end."""
        submitted = self._submitted(
            user, run, origin, Mode.WAITED, experiment=experiment, key=key, also=also
        )
        with submitted as wait:
            wait.for_a_worker()
            wait.for_the_result()
            return wait.submission

    def submit_and_return(
        self, *, user: User, run: RunRequest, origin: Origin, key: RequestKey | None = None
    ) -> Submission:
        """Return when a worker has begun."""
        with ExitStack() as client:
            submitted = self._submitted(user, run, origin, Mode.STREAMED, key=key)
            wait = client.enter_context(submitted)
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
        key: RequestKey | None = None,
        also: Also | None = None,
    ) -> Iterator["Wait"]:
        """Store a submission and notify a worker; its reports are received within the block."""
        registry.check()
        pk = uuid4()
        with self.clients.place(user.pk), watched(pk, FIRST) as mailbox:
            submission = submit(
                user=user,
                run=run,
                origin=origin,
                experiment=experiment,
                key=key,
                mode=mode,
                also=also,
                reply_to=self._listener.name,
                pk=pk,
            )
            broker.wake(submission.language)
            yield Wait(submission, mailbox)

    def submit_later(
        self, *, user: User, runs: Sequence[RunRequest], origin: Origin
    ) -> list[Submission]:
        submissions = submit_all(user=user, runs=runs, origin=origin)
        # After the commit, since the caller may store more in the same transaction.
        transaction.on_commit(partial(broker.wake_for, submissions))
        return submissions

    def follow(self, submission: Submission) -> Generator[LiveEvent | None]:
        was_heard = False
        with watched(submission.pk) as mailbox:
            for event in self._until_finished(submission, mailbox):
                was_heard = was_heard or event is not None
                yield event
        if not was_heard:
            yield from stored_output(submission)

    def _until_finished(
        self, submission: Submission, mailbox: Mailbox
    ) -> Generator[LiveEvent | None]:
        submission.refresh_from_db()
        if submission.status == Status.FINISHED and mailbox.is_empty:
            return
        if not (submission.streamed and mailbox.name == FIRST):
            self._call_workers("tell", submission, mailbox)
        is_finished = False
        for event in mailbox.follow():
            if event is not None:
                yield event
                continue
            if is_finished:
                return
            submission.refresh_from_db()
            is_finished = submission.status == Status.FINISHED
            if is_finished and mailbox.is_empty:
                return
            # The row may be here before the last pieces. They get a second, because they may be lost.
            if is_finished and mailbox.is_complete:
                mailbox.look()  # they are here: nothing to wait for
            # The call before came too early, or to the worker of an attempt that is lost.
            if submission.attempt > mailbox.attempt:
                self._call_workers("tell", submission, mailbox)
            yield None

    def wait(self, submission: Submission, seconds: float) -> None:
        give_up = monotonic() + seconds
        with watched(submission.pk) as mailbox:
            wait = Wait(submission, mailbox)
            while submission.status != Status.FINISHED and not self.is_closing:
                if (left := min(give_up - monotonic(), SILENCE_SECONDS)) <= 0:
                    break
                wait.for_the_end(left)
        submission.refresh_from_db()

    def leave(self, submission: Submission) -> None:
        if client := self._unread.pop(submission.pk, None):
            client.close()

    def abandon(self, submission: Submission) -> None:
        self.leave(submission)
        if submission.status != Status.FINISHED and not cancel_queued(submission):
            self._call_workers("cancel", submission)

    def tell_typed(self, submission: Submission) -> None:
        self._call_workers("look", submission)

    def cancel(self, submission: Submission, seconds: float) -> Submission:
        if not cancel_queued(submission):
            submission.refresh_from_db()
            if submission.status == Status.FINISHED:
                raise NotUnderWay("It is finished.")
            give_up = monotonic() + seconds
            with watched(submission.pk) as mailbox:
                wait = Wait(submission, mailbox)
                # A call may be lost, or its worker, and then the submission is queued again.
                while submission.status != Status.FINISHED and not cancel_queued(submission):
                    self._call_workers("cancel", submission, mailbox)
                    if (left := give_up - monotonic()) <= 0:
                        break
                    wait.for_the_end(min(left, SILENCE_SECONDS))
        submission.refresh_from_db()
        return submission

    def _call_workers(
        self, do: str, submission: Submission, mailbox: Mailbox | None = None
    ) -> None:
        """Call the worker that has the run, which then reports it to the mailbox from its beginning."""
        message = {"do": do, "id": str(submission.pk)}
        if mailbox is not None:
            message |= {"reply_to": self._listener.name, "mailbox": mailbox.name}
        broker.broadcast(message)


class Wait:
    """A client's wait for a submission, whose row is read at each report, and once a second."""

    def __init__(self, submission: Submission, mailbox: Mailbox) -> None:
        self.submission = submission
        self._mailbox = mailbox
        self._looks = 0

    def for_a_worker(self) -> None:
        """Return when a worker has begun; if none does in time, remove the submission and raise Busy."""
        give_up = monotonic() + settings.EXECUTOR_QUEUE_SECONDS
        while self.submission.status == Status.QUEUED and self.submission.attempt == 0:
            left = give_up - monotonic()
            if left <= 0 and discard_unclaimed(self.submission):
                raise Busy("too many runs are under way", retry_after=queue.seconds_until_a_place())
            self._look(min(max(left, 0), SILENCE_SECONDS))

    def for_the_result(self) -> None:
        """Return when the run has finished. Raises SandboxUnavailable if no sandbox has run it."""
        submission = self.submission
        self.for_the_end(submission.limits["wall_seconds"] + PATIENCE_SECONDS)
        if not submission.sandbox and submission.verdict != Verdict.CANCELLED:
            has_reason = submission.error not in ("", FAILED)
            reason = submission.error if has_reason else "No sandbox is available"
            raise SandboxUnavailable(f"{reason} (submission {submission.pk}).")

    def for_the_end(self, seconds: float) -> None:
        """Return when the run has finished, or after that time."""
        give_up = monotonic() + seconds
        while self.submission.status != Status.FINISHED and (left := give_up - monotonic()) > 0:
            self._look(min(left, SILENCE_SECONDS))

    def _look(self, seconds: float) -> None:
        """Take the values that came with the report of the end, or else read the row."""
        self._looks = self._mailbox.wait_to_look(self._looks, seconds)
        if self._mailbox.result is None:
            self.submission.refresh_from_db(fields=columns.CHANGING)
            return
        for name, value in self._mailbox.result.items():
            setattr(self.submission, name, value)


def receive(message: broker.Message) -> None:
    """Put a report into the mailbox of its run, if somebody here watches it."""
    if mailbox := mailbox_of(UUID(message["id"])):
        mailbox.receive(message)
