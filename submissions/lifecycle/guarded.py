"""Tables that only a few modules write; all others can only read them.

The manager `objects` refuses Django's writing methods, however it is reached: under another name, through
a related manager, by an instance's `save`. It does not look into SQL: the queue claims by `raw`, and
statements.py stores runs. The modules that may write use the second manager, `written`, or statements.py;
a test holds the list of them.
"""

from typing import Any, NoReturn

from django.db import models

CREATING = ("bulk_create", "create", "get_or_create", "update_or_create")
CHANGING = ("bulk_update", "update", "delete")


class ReadOnly(TypeError):
    """A write by a manager that only reads."""


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise ReadOnly("This table is written elsewhere; see the manager `written`.")


class ReadingQuerySet(models.QuerySet[Any]):
    """A mixin to list before the query set class; it refuses every writing method."""


class WritingQuerySet(models.QuerySet[Any]):
    """A query set of a model whose instances refuse `save`."""

    def create(self, **values: Any) -> Any:
        [made] = self.bulk_create([self.model(**values)])
        return made


class GuardedModel(models.Model):
    """A model whose instances are neither saved nor deleted one by one."""

    class Meta:
        abstract = True


for _name in CREATING + CHANGING:
    setattr(ReadingQuerySet, _name, _refuse)
    setattr(ReadingQuerySet, f"a{_name}", _refuse)
for _name in ("save", "asave", "delete", "adelete"):
    setattr(GuardedModel, _name, _refuse)
