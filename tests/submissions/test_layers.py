"""The pages that explain the sandbox are made from the layers, the catalogue and the record."""

import html
import re

import pytest
from django.test import Client

from executor import ABLATIONS, LAYERS
from executor.experiments import CATALOGUE, Outcome, observed, offered_attacks
from executor.sandbox.layers import Layer
from submissions.templatetags.drawing import EDGE, rings
from tests.support.present import present

layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    """Return the page's text with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


@layer
def test_page_of_a_layer_explains_it(client: Client, layer: Layer) -> None:
    page = text_of(page_of(client, f"/lab/layers/{layer.slug}/"))
    for text in (*layer.student, layer.kernel, layer.group.does, layer.remark, layer.kept):
        assert text in page
    for line in layer.lines:
        assert f"{line.file}, line {line.number}" in page
        assert " ".join(line.text.split()) in page


@layer
def test_page_of_a_layer_links_what_it_names(client: Client, layer: Layer) -> None:
    page = page_of(client, f"/lab/layers/{layer.slug}/")
    for reading in layer.reading:
        assert f'href="{reading.address}"' in page
    for one, *_ in offered_attacks().values():
        if layer.name in one.all_layers:
            assert f'href="/lab/{one.slug}/"' in page


@layer
def test_page_of_a_layer_lights_it_alone(client: Client, layer: Layer) -> None:
    page = page_of(client, f"/lab/layers/{layer.slug}/")
    in_drawing = re.findall(r'class="place lit" data-layer="([^"]+)"', page)
    assert in_drawing == ([] if layer.is_nested else [layer.slug])
    assert set(re.findall(r'class="chip lit here" href="/lab/layers/([^"]+)/"', page)) == {
        layer.slug
    }


def test_page_shows_the_recorded_breaches_without_the_layer(client: Client) -> None:
    page = text_of(page_of(client, "/lab/layers/pids-cgroup/"))
    record = observed()
    breached = [s for s in CATALOGUE if record.outcome(s, "pids-cgroup") is Outcome.BREACH]
    assert "fork-bomb" in breached
    assert record.seen["fork-bomb"]["pids-cgroup"]["reason"] in page
    assert ABLATIONS["pids-cgroup"].change in page
    assert record.date in page


def test_page_of_a_layer_that_stays_says_why_and_shows_no_breach(client: Client) -> None:
    page = page_of(client, "/lab/layers/no-mounts/")
    assert "The lab cannot switch it off." in page
    assert "badge breach" not in page


def test_unknown_layer_is_not_found(client: Client) -> None:
    assert client.get("/lab/layers/moat/").status_code == 404


def test_overview_names_every_layer_and_group(client: Client) -> None:
    page = text_of(page_of(client, "/lab/layers/"))
    for one in LAYERS.values():
        assert one.label in page
        assert one.group.does in page
    nested = sum(one.is_nested for one in LAYERS.values())
    assert f"{len(LAYERS) - nested} layers stand between the two, and {nested} more" in page


def test_drawing_has_every_layer_of_a_container_once() -> None:
    drawn = [place.layer.name for ring in rings() for place in ring.places]
    assert drawn == [name for name, one in LAYERS.items() if not one.is_nested]


def test_drawing_links_every_layer_that_it_has_and_the_list_all(client: Client) -> None:
    page = page_of(client, "/lab/layers/")
    drawing, _, after = page.partition('<svg class="rings')[2].partition("</svg>")
    slugs = [one.slug for one in LAYERS.values()]
    drawn = [one.slug for one in LAYERS.values() if not one.is_nested]
    assert re.findall(r'href="/lab/layers/([a-z-]+)/"', drawing) == drawn
    assert re.findall(r'href="/lab/layers/([a-z-]+)/"', after) == slugs


def test_drawing_stays_within_its_frame() -> None:
    numbers = [
        float(number)
        for ring in rings()
        for place in ring.places
        for path in (place.shape, place.line)
        for number in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)
        for number in number
    ]
    assert max(map(abs, numbers)) < EDGE


def test_places_of_a_ring_do_not_overlap() -> None:
    for ring in rings():
        corners = [re.findall(r"-?[\d.]+ -?[\d.]+", place.shape)[0] for place in ring.places]
        assert len(set(corners)) == len(corners)


def test_labels_in_the_lower_half_are_not_upside_down() -> None:
    for ring in rings():
        for place in ring.places:
            start, end = (
                tuple(map(float, pair))
                for pair in (
                    present(re.match(r"M(-?[\d.]+) (-?[\d.]+)", place.line)).groups(),
                    present(re.search(r"(-?[\d.]+) (-?[\d.]+)$", place.line)).groups(),
                )
            )
            assert start[0] < end[0] or abs(start[0] - end[0]) < abs(start[1] - end[1])
