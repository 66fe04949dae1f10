"""What may be kept by caches: static files, and nothing that a view answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class NotStored:
    """Middleware that marks every answer as private and not to be stored.

    Nearly all carry a user's code, name or secrets, and a view that forgets to mark its own can not be
    told from the outside. Static files never come here: WhiteNoise answers them before.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        patch_cache_control(response, no_store=True, private=True)
        return response
