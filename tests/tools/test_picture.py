"""The picture in the documents is the drawing of the pages."""

from xml.etree import ElementTree

from executor import LAYERS
from tools import picture


def test_picture_is_renewed() -> None:
    assert picture.picture() == picture.FILE.read_text(), "run python -m tools.picture"


def test_picture_names_every_layer_of_a_container_and_needs_nothing_else() -> None:
    text = picture.FILE.read_text()
    drawn = ElementTree.fromstring(text)
    labels = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}textPath")]
    assert [one.label for one in LAYERS.values() if not one.is_nested] == [
        label for label in labels if label in {one.label for one in LAYERS.values()}
    ]
    assert "<a " not in text
    assert 'href="/' not in text
    assert text.count("http") == 1
