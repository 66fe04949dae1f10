"""Messages between web processes and workers. The rows are the queue; messages only save waiting.

There are three kinds: notifications that one more submission is queued, on a queue for each language;
reports of a run to the web process that waits for it; and calls to all workers. Notifications are
durable, and each goes to one worker. The others reach only those who listen at the moment.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from celery import Celery
from django.conf import settings
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import LimitExceeded, OperationalError
from kombu.messaging import Consumer, Producer
from kombu.pools import producers

from executor import LANGUAGES

from ..lifecycle import queue
from ..lifecycle.models import Submission
from ..periodic import PeriodicThread

logger = logging.getLogger(__name__)

ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""One retry, since a kept connection may have died; none waits for a broker that is away."""
CONNECT_SECONDS = 2
IO_SECONDS = 5
"""The timeout of a broker that hangs, also for callers that wait for a free connection."""
LISTEN_SECONDS = 1.0
"""How often the listener checks whether it must stop."""
RECONNECT_SECONDS = 0.5
HEARTBEAT_SECONDS = 10
"""A broker that is silent for twice this time counts as away."""
QUEUE_EXPIRES_SECONDS = 60.0
"""The broker removes a queue without a listener after this time."""
NOTIFICATION_SECONDS = 60
"""The broker drops a notification that no worker has taken by then, or within a lease, which is longer
than the pause between two calls of `top_up`. Otherwise they would pile up while all workers are busy."""
TASK = "run_next"

Message = dict[str, Any]


def run_queue(language: str) -> str:
    """Name the queue of a language's notifications."""
    return f"{settings.BROKER_PREFIX}.run.{language}"


QUEUES = {
    language: Queue(
        run_queue(language),
        Exchange(f"{settings.BROKER_PREFIX}.run"),
        routing_key=language,
        queue_arguments={"x-queue-type": "quorum"},
    )
    for language in LANGUAGES
}
WORKERS = Exchange(f"{settings.BROKER_PREFIX}.workers", type="fanout", durable=False)

app = Celery("safe-code-executor", broker=settings.BROKER_URL, fixups=[])
# No fixups: Celery's for Django closes the database's connection after each task.
app.conf.update(
    task_queues=list(QUEUES.values()),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    broker_connection_timeout=CONNECT_SECONDS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Celery declares 28 queues of this type, which nothing uses: they need no quorum.
    broker_native_delayed_delivery_queue_type="classic",
    worker_pool="threads",
    worker_concurrency=settings.EXECUTOR_MAX_RUNS + settings.EXECUTOR_EXTRA_RUNS,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
)


def wake(language: str) -> bool:
    """Notify one worker that one more submission is queued. False if there is no broker."""
    return _publishing(
        lambda producer: app.send_task(
            TASK,
            args=[language],
            queue=run_queue(language),
            expiration=max(NOTIFICATION_SECONDS, settings.EXECUTOR_LEASE_SECONDS),
            producer=producer,
            retry=True,
            retry_policy=ONCE_MORE,
        )
    )


def send(reply_to: str, message: Message) -> None:
    """Send to the process that listens by that name at the moment."""
    _publish(message, routing_key=reply_to)


def broadcast(message: Message) -> None:
    """Send to every worker that listens at the moment."""
    _publish(message, exchange=WORKERS, declare=[WORKERS])


def _publish(message: Message, **where: Any) -> None:
    _publishing(
        lambda producer: producer.publish(
            message,
            serializer="json",
            delivery_mode="transient",
            retry=True,
            retry_policy=ONCE_MORE,
            **where,
        )
    )


def _publishing(publish: Callable[[Producer], object]) -> bool:
    """Publish; False if the broker is away, or all connections to it are busy for too long.

    There is no confirmation, which would wait for the broker's disk: polling makes up for lost messages.
    """
    try:
        with producers[_broker()].acquire(block=True, timeout=IO_SECONDS) as producer:
            publish(producer)
    except _away(LimitExceeded) as error:
        logger.warning("no message to the broker, rows are polled instead: %s", error)
        return False
    return True


def pending_notifications(language: str) -> int | None:
    """Count the notifications that no worker has taken yet; None if no broker can be asked."""
    try:
        with _broker().clone() as connection:
            found = QUEUES[language](connection.default_channel).queue_declare()
            return int(found.message_count)
    except _away() as error:
        logger.warning("the broker did not count its messages: %s", error)
        return None


def _away(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return the exceptions of a broker that is away, and more."""
    known = (*_broker().connection_errors, *_broker().channel_errors)
    return (*known, OperationalError, *more)


@cache
def _broker() -> Connection:
    """Describe the broker; this opens no connection."""
    return Connection(
        settings.BROKER_URL,
        connect_timeout=CONNECT_SECONDS,
        transport_options={"read_timeout": IO_SECONDS, "write_timeout": IO_SECONDS},
    )


class Listener:
    """The thread that receives the messages to this process, from `start` to `stop`."""

    def __init__(self, receive: Callable[[Message], None], *, to_workers: bool = False) -> None:
        """`receive` is called with each message; with `to_workers`, also with calls to all workers."""
        self.name = f"{settings.BROKER_PREFIX}.{uuid4().hex}"
        self._queue = Queue(
            self.name,
            exchange=WORKERS if to_workers else None,
            durable=False,
            auto_delete=True,
            expires=QUEUE_EXPIRES_SECONDS,
        )
        self._receive = receive
        self._ready = threading.Event()
        self._thread = PeriodicThread("listener", self._listen, seconds=lambda: RECONNECT_SECONDS)

    def start(self) -> None:
        """Start to connect and return at once."""
        self._thread.start()

    def stop(self) -> None:
        self._thread.stop()

    @property
    def is_connected(self) -> bool:
        return self._ready.is_set()

    def _listen(self) -> None:
        """Receive messages until the connection breaks or the thread stops."""
        connection = Connection(
            settings.BROKER_URL, connect_timeout=CONNECT_SECONDS, heartbeat=HEARTBEAT_SECONDS
        )
        try:
            with connection:
                self._consume(connection)
        except (*connection.connection_errors, OperationalError) as error:
            logger.warning("no connection to the broker; trying again: %s", error)
        finally:
            self._ready.clear()

    def _consume(self, connection: Connection) -> None:
        def receive(body: Message, _message: Any) -> None:
            self._receive(body)

        with Consumer(connection, queues=[self._queue], callbacks=[receive], no_ack=True):
            self._ready.set()
            while not self._thread.is_stopping:
                connection.heartbeat_check()
                try:
                    connection.drain_events(timeout=LISTEN_SECONDS)
                except TimeoutError:
                    continue


def top_up() -> None:
    """Send the notifications that are missing, since messages may be lost.

    None for rows that may not begin: workers would take it, find nothing, and the next call would send it
    again.
    """
    for language, length in queue.startable_by_language().items():
        pending = pending_notifications(language)
        if pending is None:
            return
        if not all(wake(language) for _ in range(length - pending)):
            return


def wake_for(submissions: Sequence[Submission]) -> None:
    """Send a notification for each; if the broker is away, `top_up` sends the rest later."""
    for submission in submissions:
        if not wake(submission.language):
            return
