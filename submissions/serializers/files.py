"""The files of a run: those that come with a request, and those of an answer."""

from binascii import a2b_base64
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from executor import MOST_BYTES_IN, MOST_IN, NAME_BYTES, File, is_good_name, size_of

from ..files.store import Description
from ..lifecycle.models import Submission
from .fields import BoundedListField, StrictCharField, StrictSerializer

CONTENT = ("text", "base64")


class NameField(StrictCharField):
    """A path in the folder of the program."""

    default_error_messages = {
        "bad_name": (
            f"Send a relative path of at most {NAME_BYTES} bytes and eight folders, without empty parts,"
            " without . and .., and without characters that nobody sees."
        )
    }

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if not is_good_name(name):
            self.fail("bad_name")
        return name


@extend_schema_serializer(component_name="InputFile")
class FileInput(StrictSerializer):
    """A file for the program, with its content as text or in base64."""

    name = NameField(
        max_length=NAME_BYTES,
        help_text="Its path in the program's folder, such as data/people.csv.",
    )
    text = StrictCharField(required=False, allow_blank=True, help_text="Its content, as UTF-8.")
    base64 = StrictCharField(
        required=False, allow_blank=True, help_text="Its content, if it is no text, in base64."
    )

    def _without_blanks(self, data: Any) -> Any:
        """Leave out null. An empty text is a content, of an empty file."""
        if not isinstance(data, dict):
            return data
        left_out = {name for name in CONTENT if data.get(name) is None}
        return {name: value for name, value in data.items() if name not in left_out}

    def validate(self, attrs: dict[str, Any]) -> File:
        text, encoded = (attrs.get(name) for name in CONTENT)
        if text is None and encoded is None:
            raise serializers.ValidationError({"text": ["Send the content as text or base64."]})
        if text and encoded:
            raise serializers.ValidationError({"base64": ["Send text or base64, not both."]})
        content = _decoded(encoded) if encoded else (text or "").encode()
        return File(name=attrs["name"], content=content)


class FilesField(BoundedListField):
    """Files for the program. Their number and their sizes are checked before one of them is decoded."""

    default_error_messages = {"too_large": f"At most {size_of(MOST_BYTES_IN)} together."}

    def __init__(self) -> None:
        super().__init__(
            child=FileInput(),
            max_length=MOST_IN,
            default=list,
            initial=None,
            help_text=(
                f"Files beside the program, which then runs in their folder: up to {MOST_IN}. The size"
                " of a request bounds them; they may take a quarter of the memory limit."
            ),
        )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and sum(_least_bytes(item) for item in data) > MOST_BYTES_IN:
            self.fail("too_large")
        return super().to_internal_value(data)


def _least_bytes(item: Any) -> int:
    """Return what the content of a file takes at the least, without decoding it."""
    if not isinstance(item, dict):
        return 0
    text, encoded = (item.get(name) for name in CONTENT)
    size = len(text) if isinstance(text, str) else 0
    return max(size, len(encoded) // 4 * 3 - 2 if isinstance(encoded, str) else 0)


def _decoded(encoded: str) -> bytes:
    try:
        return a2b_base64(encoded, strict_mode=True)
    except ValueError as error:  # binascii.Error is one, too
        reason = "Send standard base64, with its padding and without line breaks."
        raise serializers.ValidationError({"base64": [reason]}) from error


class DescriptionOutput(serializers.Serializer[Any]):
    """What a file is, without its content."""

    name = serializers.CharField(
        help_text="As the program named it. It is a label, not a safe path."
    )
    size = serializers.IntegerField(help_text="Bytes.")
    type = serializers.CharField(
        help_text="By its first bytes: a PNG, JPEG, GIF or WebP image, else application/octet-stream."
    )
    sha256 = serializers.CharField(help_text="Digest of its content, in hexadecimal.")


@extend_schema_serializer(component_name="SentFile")
class SentFileOutput(DescriptionOutput):
    """A file that came with the request."""


@extend_schema_serializer(component_name="File")
class FileOutput(DescriptionOutput):
    """A file that a run has given back."""

    url = serializers.CharField(help_text="Its content, for the run's user alone.")


def files_of(submission: Submission) -> list[Description]:
    """Return the JSON of the files that a run has given back."""
    if not submission.files_out:
        return []
    address = reverse("submission-files", args=[submission.pk])
    return [
        {**_shown(description), "url": f"{address}{position}/"}
        for position, description in enumerate(submission.files_out)
    ]


def sent_files_of(submission: Submission) -> list[Description]:
    """Return the JSON of the files that came with the request."""
    return [_shown(description) for description in submission.files_in or ()]


def _shown(description: Description) -> Description:
    """Put the fields in order, which a database may have changed."""
    return {name: description[name] for name in ("name", "size", "type", "sha256")}


def reason_of(problem: str) -> Sequence[str]:
    """Make the executor's words on files the reason of a field."""
    words = problem.removeprefix("files: ")
    return [f"{words[:1].upper()}{words[1:]}."]
