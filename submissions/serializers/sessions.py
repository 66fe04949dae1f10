"""The session of a run, in its request and its result, and the list of sessions."""

import re
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from executor import LANGUAGES, plain_text, size_of

from ..files.models import RunSession
from ..lifecycle.models import Status, Submission
from .fields import LanguageField, StrictCharField, TextOrNull

NAME = "[A-Za-z0-9_-]{1,64}"
"""A session's id, which its user chooses."""


class SessionField(StrictCharField):
    """The session of a run, by the label that its user has chosen."""

    default_error_messages = {
        "not_a_name": "An id has 1 to 64 letters, digits, - and _.",
        "none_here": "This site has no sessions.",
    }

    def __init__(self) -> None:
        super().__init__(
            default="",
            initial=None,
            help_text=(
                "Its session, by an id that you choose: 1 to 64 letters, digits, - and _. The program"
                " begins with the variables, functions, classes and imports that the session's last run"
                " has left. Only in Python, and not in a batch."
            ),
        )

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if not re.fullmatch(NAME, name, re.ASCII):
            self.fail("not_a_name")
        if not settings.SESSION_MAX_PER_USER:
            self.fail("none_here")
        return name


def problem_with_session(name: str, language: str) -> str | None:
    """Return why a language can't have sessions; None if it can, or if there is no session."""
    if not name or LANGUAGES[language].keeps_sessions:
        return None
    can = ", ".join(slug for slug, one in LANGUAGES.items() if one.keeps_sessions)
    label = LANGUAGES[language].label
    return f"{label} keeps no state between runs; these languages do: {can}."


class NotKeptOutput(serializers.Serializer[Any]):
    """A variable that could not be kept."""

    name = serializers.CharField(help_text="As the program has named it.")
    reason = serializers.CharField(help_text="Why, in the words of the program's runtime.")


@extend_schema_serializer(component_name="SessionOfRun")
class SessionEndOutput(serializers.Serializer[Any]):
    """What a run has left to its session."""

    id = serializers.CharField(help_text="The session.")
    kept = serializers.BooleanField(
        allow_null=True,
        help_text=(
            "Whether the session has what the run left. false: it has what it had before the run. null:"
            " the run has not ended yet."
        ),
    )
    reason = TextOrNull(help_text="Why it was not kept, or why the session began empty.")
    size = serializers.IntegerField(allow_null=True, help_text="Bytes that the session has now.")
    not_kept = NotKeptOutput(many=True, help_text="Variables that the next run does not have.")
    more_not_kept = serializers.IntegerField(help_text="How many variables beyond these.")


def session_of(submission: Submission) -> dict[str, Any] | None:
    """Return the JSON of a run's session; None if it has none."""
    if not submission.session:
        return None
    end = submission.session_end or {}
    is_over = submission.status == Status.FINISHED
    problem, notice = end.get("problem", ""), end.get("notice", "")
    if notice:
        notice = f"the state could not be read, so the session began empty: {notice}"
    return {
        "id": submission.session,
        "kept": end.get("kept", False) if is_over else None,
        "reason": plain_text("; ".join(filter(None, (problem, notice)))) or None,
        "size": end.get("size") if is_over else None,
        "not_kept": [
            {"name": plain_text(one["name"]), "reason": plain_text(one["reason"])}
            for one in end.get("not_kept", ())
        ],
        "more_not_kept": end.get("more", 0),
    }


@extend_schema_serializer(component_name="Session")
class SessionOutput(serializers.ModelSerializer[RunSession]):
    """A session: what its runs have left for the next one."""

    id = serializers.CharField(source="name", read_only=True, help_text="The label in requests.")
    language = LanguageField(read_only=True)
    size = serializers.IntegerField(
        read_only=True, help_text=f"Bytes; at most {size_of(settings.SESSION_BYTES)}."
    )
    expires = serializers.DateTimeField(
        read_only=True, help_text="When it is removed, unless it is used before."
    )

    class Meta:
        model = RunSession
        fields = ("id", "language", "size", "created", "used", "expires")
        read_only_fields = fields
