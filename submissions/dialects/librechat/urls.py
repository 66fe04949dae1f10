"""The addresses of LibreChat's code API, below /librechat/ and below /librechat/TOKEN/.

LibreChat sends no key of its own, but keeps the path of the address that it is given.
"""

from typing import Any

from django.urls import include, path, re_path

from ..dialect import KEY_IN_ADDRESS
from .views import LIBRECHAT, describe, download, execute, list_files, upload, upload_batch

SESSION = r"(?P<session>[A-Za-z0-9_-]{21})"
FILE = r"(?P<file_id>[A-Za-z0-9_-]{21})"

addresses: list[Any] = [
    path("exec/", LIBRECHAT.view(post=execute), name="librechat-exec"),
    path("upload/", LIBRECHAT.view(post=upload), name="librechat-upload"),
    path("upload/batch/", LIBRECHAT.view(post=upload_batch), name="librechat-uploads"),
    re_path(rf"^files/{SESSION}/$", LIBRECHAT.view(get=list_files), name="librechat-files"),
    re_path(
        rf"^sessions/{SESSION}/objects/{FILE}/$",
        LIBRECHAT.view(get=describe),
        name="librechat-file",
    ),
    re_path(
        rf"^download/{SESSION}/{FILE}/$", LIBRECHAT.view(get=download), name="librechat-download"
    ),
]
urlpatterns = [*addresses, path(f"<str:{KEY_IN_ADDRESS}>/", include(addresses))]
