"""The files of a run: those that come with a request, and those of an answer."""

from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from executor import MOST_BYTES_IN, MOST_IN, NAME_BYTES, File, is_good_name, size_of

from ..files import store, uploads
from ..files.models import Upload
from ..files.store import Description
from ..lifecycle.models import Submission
from .fields import BoundedListField, StrictCharField, StrictSerializer

CONTENT = ("text", "base64", "id")
"""The fields of which a file has one."""
ID_CHARACTERS = 40
INLINE_BYTES = 256 * 1024
INLINE_BYTES_TOGETHER = 512 * 1024
"""The most of one file, and of all, that an answer has with `inline_files`: such an answer is not much
larger than the largest without."""
NO_UPLOAD = "You have no file with this id. It may have expired: upload it again."


TYPE_HELP = "By its first bytes: a PNG, JPEG, GIF or WebP image, else application/octet-stream."


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


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedUpload:
    """A file that names an upload; `with_uploads` looks it up."""

    name: str
    id: str


@extend_schema_serializer(component_name="InputFile")
class FileInput(StrictSerializer):
    """A file for the program: its content as text or in base64, or the id of one that is uploaded."""

    name = NameField(
        max_length=NAME_BYTES,
        help_text="Its path in the program's folder, such as data/people.csv.",
    )
    text = StrictCharField(required=False, allow_blank=True, help_text="Its content, as UTF-8.")
    base64 = StrictCharField(
        required=False, allow_blank=True, help_text="Its content, if it is no text, in base64."
    )
    id = StrictCharField(
        required=False,
        max_length=ID_CHARACTERS,
        help_text="Instead of a content, the id of a file that you have uploaded to /api/files/.",
    )

    def _without_blanks(self, data: Any) -> Any:
        """Leave out null. An empty text is a content, of an empty file."""
        if not isinstance(data, dict):
            return data
        left_out = {name for name in CONTENT if data.get(name) is None}
        return {name: value for name, value in data.items() if name not in left_out}

    def validate(self, attrs: dict[str, Any]) -> File | NamedUpload:
        text, encoded, upload = (attrs.get(name) for name in CONTENT)
        if text is None and encoded is None and upload is None:
            reason = "Send the content as text or base64, or the id of an upload."
            raise serializers.ValidationError({"text": [reason]})
        if text and encoded:
            raise serializers.ValidationError({"base64": ["Send text or base64, not both."]})
        if upload is not None:
            if text or encoded:
                raise serializers.ValidationError({"id": ["Send an id or a content, not both."]})
            return NamedUpload(name=attrs["name"], id=upload)
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
                " of a request bounds them, except those of /api/files/. Together they may have"
                f" {size_of(MOST_BYTES_IN)}, and take a quarter of the memory limit."
            ),
        )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and sum(_least_bytes(item) for item in data) > MOST_BYTES_IN:
            self.fail("too_large")
        return super().to_internal_value(data)


def with_uploads(files: Sequence[File | NamedUpload], user: Any) -> list[File]:
    """Replace each id by the user's upload. Raises ValidationError, by the places in the list.

    Another user's upload is as unknown as one that never was.
    """
    ids = {file.id for file in files if isinstance(file, NamedUpload)}
    found = {one.pk: one for one in uploads.current_of(user.pk).filter(pk__in=ids)} if ids else {}
    unknown: dict[Any, Any] = {
        place: {"id": [NO_UPLOAD]}
        for place, file in enumerate(files)
        if isinstance(file, NamedUpload) and file.id not in found
    }
    if unknown:
        raise serializers.ValidationError({"files": unknown})
    return [
        uploads.named(found[file.id], file.name) if isinstance(file, NamedUpload) else file
        for file in files
    ]


def _least_bytes(item: Any) -> int:
    """Return what the content of a file takes at the least, without decoding it."""
    if not isinstance(item, dict):
        return 0
    text, encoded = item.get("text"), item.get("base64")
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
    type = serializers.CharField(help_text=TYPE_HELP)
    sha256 = serializers.CharField(help_text="Digest of its content, in hexadecimal.")


@extend_schema_serializer(component_name="SentFile")
class SentFileOutput(DescriptionOutput):
    """A file that came with the request."""


@extend_schema_serializer(component_name="File")
class FileOutput(DescriptionOutput):
    """A file that a run has given back."""

    url = serializers.CharField(help_text="Its content, for the run's user alone.")
    base64 = serializers.CharField(
        required=False,
        help_text=(
            f"Its content, with `inline_files`, if it has at most {size_of(INLINE_BYTES)}, and"
            f" {size_of(INLINE_BYTES_TOGETHER)} together with those before it."
        ),
    )


@extend_schema_serializer(component_name="UploadedFile")
class UploadOutput(serializers.ModelSerializer[Upload]):
    """A file that you have uploaded for runs to come."""

    id = serializers.CharField(read_only=True, help_text="Name it in the files of a run.")
    type = serializers.CharField(source="kind", read_only=True, help_text=TYPE_HELP)
    url = serializers.SerializerMethodField(help_text="Its content, for you alone.")
    expires = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it is removed; null: never."
    )

    class Meta:
        model = Upload
        fields = ("id", "name", "size", "type", "sha256", "url", "created", "expires")
        read_only_fields = fields

    def get_url(self, upload: Upload) -> str:
        return reverse("file-content", args=[upload.pk])


class NameInput(StrictSerializer):
    """The name of a file that is uploaded."""

    name = NameField(
        max_length=NAME_BYTES,
        error_messages=dict.fromkeys(
            ("required", "null"), "Send the name of the file as ?name=, or a form with the file."
        ),
    )


@extend_schema_serializer(component_name="FileToUpload")
class UploadInput(serializers.Serializer[Any]):
    """A form with one file."""

    file = serializers.FileField()
    name = serializers.CharField(
        max_length=NAME_BYTES, required=False, help_text="Its name, if it is not that of the file."
    )


def files_of(submission: Submission) -> list[Description]:
    """Return the JSON of the files that a run has given back."""
    if not submission.files_out:
        return []
    address = reverse("submission-files", args=[submission.pk])
    return [
        {**_shown(description), "url": f"{address}{position}/"}
        for position, description in enumerate(submission.files_out)
    ]


def with_contents(submission: Submission, files: list[Description]) -> list[Description]:
    """Return the JSON of files with the contents of small ones, as far as there is room."""
    shown, room = [], INLINE_BYTES_TOGETHER
    for position, file in enumerate(files):
        if file["size"] <= min(room, INLINE_BYTES):
            content = store.content_of(submission.pk, submission.attempt, position)
            if content is not None:  # else it has been removed
                room -= len(content)
                file = {**file, "base64": b64encode(content).decode()}
        shown.append(file)
    return shown


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
