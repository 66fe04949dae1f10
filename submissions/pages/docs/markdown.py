"""Renders the documents of docs/ as pages, as a code host renders them."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.templatetags.static import static
from django.urls import is_valid_path, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

FOLDER: Path = settings.BASE_DIR / "docs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading of the second level, for the list of contents."""

    text: str
    anchor: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A rendered document."""

    title: str
    html: SafeString
    """The text below the title."""
    headings: tuple[Heading, ...]


@cache
def rendered(name: str) -> Document:
    """Render docs/<name>.md. The result is kept: documents change only with the code.

    Raises FileNotFoundError. `name` must come from the list of documents, not from a request.
    """
    tokens = _parser().parse((FOLDER / f"{name}.md").read_text())
    for token in tokens:
        for child in token.children or ():
            _point_into_the_site(child, posixpath.dirname(name))
        token.children = _link_addresses(token.children)
    title, body = _title(tokens)
    headings = tuple(
        Heading(text=_text(after), anchor=str(token.attrs["id"]))
        for token, after in pairwise(body)
        if token.type == "heading_open" and token.tag == "h2"
    )
    _frame_tables(body)
    html = _parser().renderer.render(body, _parser().options, {})
    return Document(title=title, html=mark_safe(html), headings=headings)  # noqa: S308 - our own texts


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "highlight": _coloured}
    return MarkdownIt("commonmark", options).enable("table").use(anchors_plugin, max_level=3)


def _coloured(code: str, language: str, _attributes: str) -> str:
    """Return the code in the site's colours, in a block that the keyboard can scroll."""
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        coloured = str(escape(code))
    else:
        coloured = str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
    return f'<pre tabindex="0"><code>{coloured}</code></pre>'


def _title(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """Split the heading of the first level off."""
    assert tokens[0].tag == "h1"  # noqa: S101 - a test renders each document
    return _text(tokens[1]), list(tokens[3:])


def _text(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


def _point_into_the_site(token: Token, folder: str) -> None:
    """Change links to other documents, pictures and files into addresses of this site."""
    if token.type == "image":
        picture = posixpath.normpath(posixpath.join(folder, str(token.attrs["src"])))
        token.attrs["src"] = static(f"docs/{picture}")
    if token.type == "link_open":
        token.attrs["href"] = _address(str(token.attrs["href"]), folder)


def _link_addresses(children: list[Token] | None) -> list[Token] | None:
    """Link each address of a page of this site that stands as code, such as `/lab/`."""
    if children is None:
        return None
    linked = []
    for child in children:
        if (
            child.type == "code_inline"
            and child.content.startswith("/")
            and _is_page(child.content)
        ):
            opening = Token("link_open", "a", 1, attrs={"href": child.content})
            linked += [opening, child, Token("link_close", "a", -1)]
        else:
            linked.append(child)
    return linked


def _is_page(address: str) -> bool:
    """Return whether a page of the site has this address. Addresses for programs end without a slash."""
    return address.endswith("/") and bool(is_valid_path(address))


def _address(target: str, folder: str) -> str:
    """Return the address of a link's target, which is relative to docs/<folder>."""
    parts = urlsplit(target)
    if parts.scheme or target.startswith(("#", "/")):
        return target
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    path = posixpath.normpath(posixpath.join("docs", folder, parts.path))
    if path.startswith("docs/") and path.endswith(".md"):
        name = path.removeprefix("docs/").removesuffix(".md").removesuffix("/README")
        return reverse("document", args=[name]) + fragment
    if path.startswith("docs/") and (settings.BASE_DIR / path).is_file():
        return static(path)
    if settings.SITE_SOURCE_URL:
        return f"{settings.SITE_SOURCE_URL.rstrip('/')}/blob/main/{path}{fragment}"
    return reverse("documents")


def _frame_tables(tokens: list[Token]) -> None:
    """Put each table into a frame in which it can be scrolled."""
    for place in reversed(range(len(tokens))):
        if tokens[place].type == "table_open":
            opening = Token("html_block", "", 0)
            opening.content = '<div class="frame" tabindex="0" role="region" aria-label="Table">\n'
            tokens.insert(place, opening)
        elif tokens[place].type == "table_close":
            closing = Token("html_block", "", 0)
            closing.content = "</div>\n"
            tokens.insert(place + 1, closing)
