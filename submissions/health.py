"""Whether the service is well, for anybody who asks: load balancers above all."""

from dataclasses import asdict
from datetime import UTC, datetime

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from .dispatch import dispatcher


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 if runs are accepted, 503 if not; that there is an answer says that the process lives."""
    state = dispatcher().gate_state()
    told = asdict(state) | {
        moment: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None
        for moment, at in (("since", state.since), ("checked", state.checked))
    }
    body = {"live": True, "ready": state.is_open, "self_check": told}
    return JsonResponse(body, status=200 if state.is_open else 503)
