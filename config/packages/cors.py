"""What pages of other sites may do with the API, for django-cors-headers, if any may call it at all.

No credentials: a browser then sends no cookie along, so such a page needs an API token.
"""

URLS = r"^/(run|api)(/|$)"
ALLOWED_HEADERS = [
    "accept",
    "authorization",
    "content-encoding",
    "content-type",
    "idempotency-key",
    "last-event-id",
    "prefer",
]
EXPOSED_HEADERS = [
    "Allow",
    "Content-Location",
    "Idempotency-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
]
