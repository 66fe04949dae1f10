"""The API's addresses as pages: what a GET answers, and a form that sends a POST.

DRF's views import this module when they are defined, so it must not import them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.request import Request, override_method

from executor import plain_text

LINK = re.compile(
    r'^( *(?:&quot;[a-z-]+&quot;: )?&quot;)(https?://(?:[^\s&<>"\\]|&amp;)+)(?=&quot;,?$)',
    re.MULTILINE,
)
"""A line of escaped, indented JSON whose whole value is an address."""


@dataclass(frozen=True, slots=True)
class PostForm:
    """What the form sends if nobody changes it; None if the operation takes no JSON."""

    body: str | None
    takes_file: bool
    """Whether it sends a file instead, for which it needs no script."""


class BrowsablePages(BrowsableAPIRenderer):
    """DRF's pages in the look of the site.

    DRF's own forms send what a serializer has as blank, which the API may refuse, and need Bootstrap and
    jQuery. These send a body that works as it stands.
    """

    filter_template = "rest_framework/filters.html"

    def get_content(
        self, renderer: BaseRenderer, data: Any, media_type: str | None, context: Mapping[str, Any]
    ) -> SafeString:
        """Return the JSON of the answer as inert HTML, with a link for each address of this site."""
        content = super().get_content(renderer, data, media_type, context)
        return linked(plain_text(content), context["request"])

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        if method != "POST":
            return None
        with override_method(view, request, method) as posted:
            if not self.show_form_for_method(view, method, posted, None):
                return None
            takes_file = getattr(view, "takes_file", False)
            return PostForm(None if takes_file else _example(view), takes_file)

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> None:
        """Return no form with a field for each value: the API takes JSON only."""

    def get_context(self, *args: Any) -> dict[str, Any]:
        """Return the context without DRF's version, which would hide that of the site."""
        context = super().get_context(*args)
        del context["version"]
        return context


def _example(view: Any) -> str | None:
    """Return the initial values as JSON, without those that are None. DRF has set the view's action."""
    if view.action not in {None, "create"} or not hasattr(view, "get_serializer"):
        return None  # it takes no body
    initial = view.get_serializer().data.items()
    given = {name: value for name, value in initial if value is not None}
    return json.dumps(given, indent=2, ensure_ascii=False)


def linked(content: str, request: HttpRequest | Request) -> SafeString:
    """Escape JSON and make links of the lines whose value is an address of this site."""
    own = request.build_absolute_uri("/")

    def link(found: re.Match[str]) -> str:
        before, address = found.groups()
        return f'{before}<a href="{address}">{address}</a>' if address.startswith(own) else found[0]

    # Everything is escaped, and the pattern admits nothing that would end the attribute.
    return mark_safe(LINK.sub(link, escape(content)))  # noqa: S308
