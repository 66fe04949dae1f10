"""The two writes of every run, as statements that are made from the model's columns.

A query set is compiled again with each call, and that takes longer than the database needs for the
statement. Here a client waits for it.
"""

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .models import Status, Submission

TABLE = Submission._meta.db_table
FIELDS = Submission._meta.concrete_fields
FIELD = {field.attname: field for field in FIELDS}
COLUMNS = ", ".join(f'"{field.column}"' for field in FIELDS)
PLACES = ", ".join("%s" for _ in FIELDS)

INSERT = f'INSERT INTO "{TABLE}" ({COLUMNS}) VALUES ({PLACES})'  # noqa: S608 - the model's names
FINISH = f'UPDATE "{TABLE}" SET {{changes}} WHERE id = %s AND attempt = %s AND status = %s'  # noqa: S608


def insert(row: Submission) -> None:
    """Store a new row, as `bulk_create` does."""
    to = connections[DEFAULT_DB_ALIAS]
    values = [_stored(field.attname, getattr(row, field.attname), to) for field in FIELDS]
    with to.cursor() as cursor:
        cursor.execute(INSERT, values)
    state = row._state  # noqa: SLF001 - Django documents it
    state.adding, state.db = False, to.alias


def finish(row: Submission, values: Mapping[str, object]) -> bool:
    """Store the columns of an attempt's end; False if the row is not running, or another attempt's."""
    changes = ", ".join(f'"{FIELD[name].column}" = %s' for name in values)
    held = {"id": row.pk, "attempt": row.attempt, "status": Status.RUNNING}
    to = connections[DEFAULT_DB_ALIAS]
    stored = [_stored(name, value, to) for given in (values, held) for name, value in given.items()]
    with to.cursor() as cursor:
        cursor.execute(FINISH.format(changes=changes), stored)
        return bool(cursor.rowcount)


def _stored(name: str, value: object, to: BaseDatabaseWrapper) -> Any:
    """Return a value as the database's driver takes it.

    `to` is this thread's connection itself: `django.db.connection` finds it again for each attribute.
    """
    return None if value is None else FIELD[name].get_db_prep_save(value, to)
