"""Each layer is described in full, and the description fits the code."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from executor import ABLATIONS, LAYERS, LayerError, Verdict, layer_behind, layers_by_group
from executor.experiments import CATALOGUE
from executor.sandbox.layers import ROOT, Layer

LABEL_CHARACTERS = 19
"""What a place in the drawing holds."""
WORDS = 20

layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def sentences(layer: Layer) -> Any:
    texts = (*layer.student, layer.kernel, layer.remark, layer.kept, layer.group.does)
    return [one for text in texts for one in re.split(r"(?<=[.;:]) ", text) if one]


@layer
def test_layer_has_all_parts(layer: Layer) -> None:
    assert layer.stops.strip(".") == layer.stops != ""
    assert len(layer.student) == 3
    assert layer.kernel
    assert layer.code
    assert layer.reading
    assert 0 < len(layer.label) <= LABEL_CHARACTERS


@layer
def test_code_of_a_layer_begins_where_it_is_said_to(layer: Layer) -> None:
    for shown, (_, part, count) in zip(layer.lines, layer.code, strict=True):
        assert part in shown.text.split("\n")[0]
        assert len(shown.text.split("\n")) == count


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        ("memory_limit_exceeded", "memory cgroup"),
        ("process_limit_exceeded", "pids cgroup"),
        ("ok", None),
        ("", None),
    ],
)
def test_layer_behind_a_verdict_is_the_one_that_ends_such_runs(
    verdict: str, name: str | None
) -> None:
    found = layer_behind(verdict)
    assert (found and found.name) == name


@layer
def test_sentences_of_a_layer_are_short_and_end(layer: Layer) -> None:
    for text in (*layer.student, layer.kernel, layer.group.does):
        assert text.endswith(".")
    assert [one for one in sentences(layer) if len(one.split()) > WORDS] == []


@layer
def test_layer_shows_lines_that_are_in_the_source(layer: Layer) -> None:
    for line in layer.lines:
        source = (ROOT / line.file).read_text().splitlines()[line.number - 1 :]
        shown = line.text.splitlines()
        assert [text.strip() for text in shown] == [text.strip() for text in source[: len(shown)]]
        assert all(text.strip() for text in shown)


@layer
def test_shown_lines_are_whole_statements(layer: Layer) -> None:
    for line in layer.lines:
        if "\n" in line.text:
            assert all(line.text.count(a) == line.text.count(b) for a, b in ("()", "[]", "{}"))


def test_line_that_is_gone_is_an_error() -> None:
    moved = replace(LAYERS["no swap"], code=(("executor/sandbox/spec.py", '"Swappiness": 0', 1),))
    with pytest.raises(LayerError, match="Swappiness"):
        _ = moved.lines


@layer
def test_reading_is_on_pages_that_are_encrypted(layer: Layer) -> None:
    for page in layer.reading:
        address = urlsplit(page.address)
        assert (address.scheme, page.title.strip()) == ("https", page.title)
        assert address.netloc


@layer
def test_verdict_of_a_layer_exists(layer: Layer) -> None:
    assert layer.verdict in {"", *Verdict}


def test_labels_slugs_and_groups_are_unlike() -> None:
    assert len({one.label for one in LAYERS.values()}) == len(LAYERS)
    assert len({one.slug for one in LAYERS.values()}) == len(LAYERS)
    assert len({group.label for group, _ in layers_by_group()}) == 7


def test_groups_are_ordered_from_the_program_outwards_and_slots_are_last() -> None:
    assert [group.slug for group, _ in layers_by_group()] == [
        "system-calls",
        "privilege",
        "network",
        "file-system",
        "limits",
        "host",
        "slot",
    ]


def test_every_layer_is_in_one_group() -> None:
    assert [one for _, layers in layers_by_group() for one in layers] == list(LAYERS.values())


def test_every_attack_names_layers_that_are_described() -> None:
    assert {name for one in CATALOGUE.values() for name in one.all_layers} <= LAYERS.keys()


def test_layer_that_cannot_be_switched_off_says_why() -> None:
    weakened = {ablation.layer for ablation in ABLATIONS.values()}
    assert {name for name, one in LAYERS.items() if not one.kept} == weakened


def test_layers_of_nested_sandboxes_are_weakened_in_slots_only() -> None:
    assert {one.layer for one in ABLATIONS.values() if one.nested} == {
        name for name, layer in LAYERS.items() if layer.is_nested and not layer.kept
    }


def test_slug_of_a_layer_is_its_ablations() -> None:
    assert all(LAYERS[one.layer].slug == slug for slug, one in ABLATIONS.items())
