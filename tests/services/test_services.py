"""The services that tests kill: they are real, and they keep their data."""

import amqp
import psycopg
import pytest

from tests.support.services.postgresql import postgres, program
from tests.support.services.rabbitmq import PROGRAM, broker
from tests.support.waiting import eventually


@pytest.mark.skipif(not program("initdb"), reason="PostgreSQL is not installed")
def test_database_keeps_committed_rows_when_it_is_killed() -> None:
    with postgres() as own:
        with psycopg.connect(own.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.close()
        under_way = psycopg.connect(own.url)
        under_way.execute("UPDATE kept SET answer = 0")
        own.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(own.url)
        own.start()
        under_way.close()
        with psycopg.connect(own.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.skipif(not PROGRAM.exists(), reason="RabbitMQ is not installed")
def test_quorum_queue_keeps_confirmed_messages_when_the_broker_is_killed() -> None:
    with broker() as own:
        with amqp.Connection(f"127.0.0.1:{own.port}", confirm_publish=True) as connection:
            channel = connection.channel()
            quorum = {"x-queue-type": "quorum"}
            channel.queue_declare("kept", durable=True, auto_delete=False, arguments=quorum)
            message = amqp.Message("42", delivery_mode=2)
            channel.basic_publish_confirm(message, routing_key="kept")
        eventually(lambda: own.has_recorded("kept"))
        own.kill()
        with pytest.raises(OSError):
            amqp.Connection(f"127.0.0.1:{own.port}").connect()
        own.start()
        with amqp.Connection(f"127.0.0.1:{own.port}") as connection:
            found = connection.channel().basic_get("kept", no_ack=True)
            assert found.body == "42"
