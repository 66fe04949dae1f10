"""What is said through the broker. Nothing of it is needed for a submission to be run in the end: the
rows are the queue, and messages make it quick.

Three kinds: a wake-up ("one more is queued"), on a queue for each language; news of a run, straight to
the web process that waits for it; and calls to all workers. A wake-up is durable and goes to exactly
one worker, the others are for who listens now.
"""

import logging
import threading
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

from celery import Celery
from django.conf import settings
from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.exceptions import OperationalError
from kombu.pools import producers

from executor import LANGUAGES

logger = logging.getLogger(__name__)

ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
"""A kept connection may have died since; a broker that is away is not waited for."""
CONNECT_SECONDS = 2
IO_SECONDS = 5
"""A broker that hangs is given up after so long, also by who waits for a connection to it."""
LISTEN_SECONDS = 1.0
"""Between looks at whether to go on."""
RECONNECT_SECONDS = 0.5
HEARTBEAT_SECONDS = 10
"""A broker that is silent for twice as long is gone."""
QUEUE_EXPIRES_SECONDS = 60.0
"""What nobody listens to any more is removed after so long."""
TASK = "run_next"

Message = dict[str, Any]


def run_queue(language: str) -> str:
    """Where wake-ups for a language wait."""
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
    broker_native_delayed_delivery_queue_type="classic",  # unused, and twenty-eight of them
    worker_pool="threads",
    worker_concurrency=settings.EXECUTOR_MAX_RUNS + settings.EXECUTOR_EXTRA_RUNS,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
)


def wake(language: str) -> bool:
    """Says that one more submission is queued. False if there was no broker to tell."""
    return _publishing(
        lambda producer: app.send_task(
            TASK,
            args=[language],
            queue=run_queue(language),
            producer=producer,
            retry=True,
            retry_policy=ONCE_MORE,
        )
    )


def send(reply_to: str, message: Message) -> None:
    """To whoever listens by that name now."""
    _publish(message, routing_key=reply_to)


def call_workers(message: Message) -> None:
    """To every worker that listens now."""
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
    """Nothing is confirmed: what is lost is made up for, and a confirmation waits for the disk."""
    try:
        with producers[_broker()].acquire(block=True, timeout=IO_SECONDS) as producer:
            publish(producer)
    except (*_broker().connection_errors, *_broker().channel_errors, OperationalError) as error:
        logger.warning("the broker was not told: %s", error)
        return False
    return True


def wakers(language: str) -> int | None:
    """How many wake-ups no worker has taken yet; None if no broker can be asked."""
    try:
        with _broker().clone() as connection:
            found = QUEUES[language](connection.default_channel).queue_declare()
            return int(found.message_count)
    except (*_broker().connection_errors, *_broker().channel_errors, OperationalError) as error:
        logger.warning("the broker can't be asked: %s", error)
        return None


@cache
def _broker() -> Connection:
    """A description of the broker, which opens no connection itself."""
    return Connection(
        settings.BROKER_URL,
        connect_timeout=CONNECT_SECONDS,
        transport_options={"read_timeout": IO_SECONDS, "write_timeout": IO_SECONDS},
    )


class Listener:
    """Hears what is sent to this process, in a thread of its own, from `start` to `stop`."""

    def __init__(self, hear: Callable[[Message], None], *, to_workers: bool = False) -> None:
        """`hear` is called for each message. `to_workers`: calls to all workers too."""
        self.name = f"{settings.BROKER_PREFIX}.{uuid4().hex}"
        self._queue = Queue(
            self.name,
            exchange=WORKERS if to_workers else None,
            durable=False,
            auto_delete=True,
            expires=QUEUE_EXPIRES_SECONDS,
        )
        self._hear = hear
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def is_connected(self) -> bool:
        return self._ready.is_set()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            connection = Connection(
                settings.BROKER_URL, connect_timeout=CONNECT_SECONDS, heartbeat=HEARTBEAT_SECONDS
            )
            try:
                with connection:
                    self._consume(connection)
            except (*connection.connection_errors, OperationalError) as error:
                logger.warning("the broker is away: %s", error)
            except Exception:  # the outermost frame of this thread
                logger.exception("the listener stumbled")
            self._ready.clear()
            self._stopping.wait(RECONNECT_SECONDS)

    def _consume(self, connection: Connection) -> None:
        def hear(body: Message, message: Any) -> None:
            self._hear(body)

        with Consumer(connection, queues=[self._queue], callbacks=[hear], no_ack=True):
            self._ready.set()
            while not self._stopping.is_set():
                connection.heartbeat_check()
                try:
                    connection.drain_events(timeout=LISTEN_SECONDS)
                except TimeoutError:
                    continue
