"""The documents inside the site, under /docs/."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from submissions.pages.docs.documents import SECTIONS
from submissions.pages.docs.markdown import FOLDER, rendered
from tests.support.documents import ROOT

pytestmark = pytest.mark.django_db

NAMES = sorted(str(path.relative_to(FOLDER))[:-3] for path in FOLDER.rglob("*.md"))


def address_of(name: str) -> str:
    return f"/docs/{name.removesuffix('/README')}/"


def test_list_names_documents_that_exist(client: Client) -> None:
    page = client.get("/docs/").content.decode()
    entries = [entry for section in SECTIONS for entry in section.entries]
    assert {entry.name for entry in entries} <= set(NAMES)
    assert all(f'href="{address_of(entry.name)}"' in page for entry in entries)


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_of_a_document_are_there(client: Client, name: str) -> None:
    page = client.get(address_of(name)).content.decode()
    article = page[page.index("<article") : page.index("</article>")]
    targets = {
        target.partition("#")[0] for target in re.findall(r' (?:href|src)="([^"]*)"', article)
    }
    for target in targets:
        if target.startswith("/static/"):
            assert finders.find(target.removeprefix("/static/")), target
        elif target.startswith("/"):
            assert client.get(target).status_code in {200, 302, 401}, target
        else:
            assert target == "" or target.startswith(("https://", "http://127.0.0.1")), target


@pytest.mark.parametrize("name", NAMES)
def test_anchors_of_a_document_are_there(name: str) -> None:
    html = rendered(name).html
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{anchor}"' in html, anchor


def test_document_shows_its_title_once_and_its_headings(client: Client) -> None:
    page = client.get("/docs/security/").content.decode()
    assert page.count("<h1") == 1
    assert '<a href="#what-is-protected-from-whom">What is protected from whom</a>' in page


def test_link_to_a_file_outside_leads_to_the_source(settings: Settings) -> None:
    rendered.cache_clear()
    settings.SITE_SOURCE_URL = "https://example.org/project/"
    html = rendered("students").html
    assert 'href="https://example.org/project/blob/main/SECURITY.md"' in html
    rendered.cache_clear()


def test_address_of_a_page_is_a_link() -> None:
    assert '<a href="/lab/"><code>/lab/</code></a>' in rendered("students").html


@pytest.mark.parametrize("name", ["nothing", "../README", "../CONTRIBUTING", "start.md"])
def test_unknown_document_is_a_404(client: Client, name: str) -> None:
    assert client.get(f"/docs/{name}/").status_code == 404


def test_text_of_the_documents_is_not_read_as_html(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.md").write_text(
        "# <b>Title</b>\n\n<script>alert(1)</script>\n\n```python\n<i>\n```\n"
    )
    monkeypatch.setattr("submissions.pages.docs.markdown.FOLDER", tmp_path)
    html = rendered.__wrapped__("x").html
    assert "<script>" not in html
    assert "<i>" not in html


def test_readme_links_the_documents_for_people() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in ("start", "students", "teachers", "agents", "operations", "security", "glossary"):
        assert f"(docs/{name}.md)" in readme
