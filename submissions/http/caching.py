"""Keep answers of views out of caches; only static files may be cached."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class NotStored:
    """Middleware that marks every answer as private and not storable.

    Nearly all carry a user's code, name or secrets, and nobody would notice a view that forgets the mark.
    WhiteNoise answers static files before this middleware.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        patch_cache_control(response, no_store=True, private=True)
        return response
