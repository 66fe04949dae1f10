"""The request for a run. Checked input becomes a frozen RunRequest."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from executor import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    STDIN_BYTES,
    RunRequest,
    chosen_limits,
    problem_with_files,
    size_of,
)

from .fields import (
    BoundedListField,
    CodeField,
    IsolationField,
    LanguageField,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
    as_lines,
)
from .files import (
    FilesField,
    reason_of,
    with_uploads,
)
from .limits import LimitsInput, check_ranges, problems_beside
from .sessions import SessionField, problem_with_session
from .typed import InteractiveField
from .webhooks import WebhookField

ARGUMENTS = 64
ARGUMENT_CHARACTERS = 1000
ARGUMENTS_BYTES = 16 * 1024


@extend_schema_serializer(component_name="Program")
class RunInput(StrictSerializer):
    """A program and its input."""

    default_error_messages = {
        "invalid": 'Send a JSON object with a program, such as {{"code": "print(1)"}}.'
    }

    code = CodeField(
        max_length=settings.CODE_CHARACTERS,
        initial='print("Hello World")',
        help_text=f"The program, 1 to {settings.CODE_CHARACTERS} characters.",
        style={"base_template": "textarea.html"},
    )
    language = LanguageField(
        default=DEFAULT_LANGUAGE,
        initial=DEFAULT_LANGUAGE,
        help_text="One that this site offers; see /api/languages/.",
    )
    stdin = StrictCharField(
        default="",
        allow_blank=True,
        help_text=(
            f"Standard input, up to {size_of(STDIN_BYTES)} of UTF-8. CR LF and CR become LF, and the "
            "last line gets an LF if it has none."
        ),
    )
    stdin_verbatim = StrictBooleanField(
        default=False, initial=None, help_text="true leaves stdin as it is, byte for byte."
    )
    args = BoundedListField(
        child=StrictCharField(max_length=ARGUMENT_CHARACTERS, allow_blank=True),
        max_length=ARGUMENTS,
        default=list,
        help_text=f"The program's arguments: up to {ARGUMENTS}, {size_of(ARGUMENTS_BYTES)} in all.",
    )
    files = FilesField()
    outputs = StrictBooleanField(
        default=False,
        initial=None,
        help_text="true gives back the files that the program leaves in its folder.",
    )
    read_only = StrictBooleanField(  # type: ignore[assignment]
        default=True, initial=True, help_text="false makes the working directory /app writable."
    )
    session = SessionField()
    isolation = IsolationField()
    limits = LimitsInput(
        required=False, initial=None, help_text="Limits lower than the language's, for this run."
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and data.get("stdin_verbatim") is not True:
            data = {**data, "stdin": as_lines(data.get("stdin"))}
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            # Together with all others, though a limit's range depends on another field, the language.
            detail = cast(dict[str, Any], error.detail)
            raise serializers.ValidationError(
                {**problems_beside(detail, data), **detail}
            ) from error

    def validate_stdin(self, value: str) -> str:
        # Bytes, not characters: a character takes up to four bytes, in the sandbox and in the database.
        if len(value.encode()) > STDIN_BYTES:
            raise serializers.ValidationError(f"At most {size_of(STDIN_BYTES)}.")
        return value

    def validate_args(self, value: list[str]) -> list[str]:
        if sum(len(argument.encode()) + 1 for argument in value) > ARGUMENTS_BYTES:
            raise serializers.ValidationError(f"At most {size_of(ARGUMENTS_BYTES)} in all.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_ranges(attrs.get("limits", {}), attrs["language"])
        if problem := problem_with_session(attrs["session"], attrs["language"]):
            raise serializers.ValidationError({"session": [problem]})
        if attrs["files"]:
            attrs["files"] = with_uploads(attrs["files"], _user_of(self.context))
            if problem := problem_with_files(run_request_of(attrs)):
                raise serializers.ValidationError({"files": reason_of(problem)})
        return attrs

    def to_run_request(self) -> RunRequest:
        return run_request_of(self.validated_data)


def _user_of(context: Mapping[str, Any]) -> Any:
    """Return the user of a request, whom the pages and MCP name without one."""
    return context["user"] if "user" in context else context["request"].user


def run_request_of(checked: Mapping[str, Any]) -> RunRequest:
    """Build a RunRequest of a RunInput's checked values."""
    return RunRequest(
        code=checked["code"],
        language=checked["language"],
        stdin=checked["stdin"],
        args=tuple(checked["args"]),
        files=tuple(checked["files"]),
        outputs=checked["outputs"],
        session=checked["session"],
        isolation=checked["isolation"],
        read_only=checked["read_only"],
        limits=chosen_limits(
            checked.get("limits", {}),
            LANGUAGES[checked["language"]],
            interactive=checked.get("interactive", False),
        ),
    )


@extend_schema_serializer(component_name="RunRequest")
class RunOrder(RunInput):
    """A program to run, its input, and an address to notify."""

    webhook = WebhookField()
    inline_files = StrictBooleanField(
        default=False,
        initial=None,
        help_text="true puts the content of small files that the run gives back into the answer.",
    )
    interactive = InteractiveField()


# DRF copies every field for each new serializer, which takes longer than to check a request. A check
# changes neither a field nor the serializer, so all requests share these.
@cache
def _order() -> RunOrder:
    return RunOrder()


@cache
def _program() -> RunInput:
    return RunInput()


def checked_order(data: Any, request: Request) -> Mapping[str, Any]:
    """Check the body of a request for a run. Raises ValidationError."""
    serializer = RunOrder(context={"request": request}) if _asks_who(data) else _order()
    checked: Mapping[str, Any] = serializer.run_validation(data)
    return checked


def checked_program(data: Any, user: User | None = None) -> RunRequest:
    """Check a program and its input. Raises ValidationError. `user` is needed if it may name files."""
    serializer = RunInput(context={"user": user}) if _asks_who(data) else _program()
    return run_request_of(serializer.run_validation(data))


def _asks_who(data: Any) -> bool:
    """Return whether a body has a field whose check depends on the user."""
    return isinstance(data, dict) and not data.keys().isdisjoint(("webhook", "files"))
