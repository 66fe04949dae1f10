"""The reference of the API: examples for each main call, errors, and all operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..http.codes import Code, error_body
from .openapi.errors import EXAMPLES, FIELDS, MEANINGS

CALLS = Path(settings.BASE_DIR, "templates", "reference", "calls")
"""The examples as files, each of which a test runs."""
ADDRESS = "http://127.0.0.1:5000"
"""The site in the files. A page shows its own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to call the API: the ending of its files, its name, and its language for colours."""

    ending: str
    label: str
    language: str


KINDS = (
    Kind("sh", "curl", "bash"),
    Kind("py", "Python", "python"),
    Kind("mjs", "JavaScript", "javascript"),
)


MAIN = {
    "run": "Run a program and wait",
    "stream": "See the output while it runs",
    "wait": "Queue a program and get it later",
    "batch": "Run many programs",
    "webhook": "Get notified when a run has finished",
}
"""The main calls: the name of their files, and their title."""


def reference(request: HttpRequest) -> HttpResponse:
    address = request.build_absolute_uri("/").removesuffix("/")
    calls = [
        {"slug": slug, "title": title, "examples": list(_examples(slug, address))}
        for slug, title in MAIN.items()
    ]
    context = {"address": address, "calls": calls, "kinds": KINDS, "errors": list(_errors())}
    return render(request, "reference/page.html", context)


def _examples(slug: str, address: str) -> Iterator[dict[str, object]]:
    for kind in KINDS:
        source = _source(f"{slug}.{kind.ending}").replace(ADDRESS, address)
        yield {"kind": kind, "id": f"{slug}-{kind.ending}", "source": source}


@cache
def _source(name: str) -> str:
    return (CALLS / name).read_text()


def _errors() -> Iterator[dict[str, object]]:
    """Describe each code, in the order of the statuses."""
    for code in Code:
        if code in EXAMPLES:
            body = error_body(code, EXAMPLES[code], FIELDS.get(code))
            yield {"code": code, "meaning": MEANINGS[code.status], "body": body}
