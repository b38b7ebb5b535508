"""Cells in types, or refused by column and value."""

import pytest

from shopkit.errors import InputRefused
from shopkit.image import cell_values as read


@pytest.mark.parametrize(
    ("cell", "value"),
    [("", None), ("8%", 0.08), ("8％", 0.08), ("0.08", 0.08), ("0", 0), ("45 %", 0.45)],
)
def test_share(cell, value):
    assert read.share({"margin": cell}, "margin", 0.45) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [("", None), ("800", (800, 800)), ("750x1000", (750, 1000)), ("750×1000", (750, 1000))],
)
def test_size(cell, value):
    assert read.size({"size": cell}, "size", 2000) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("", None),
        ("transparent", None),
        ("透明", None),
        ("White", (255, 255, 255)),
        ("白色", (255, 255, 255)),
        ("#C8102E", (200, 16, 46)),
        ("c8102e", (200, 16, 46)),
    ],
)
def test_colour(cell, value):
    assert read.colour({"background": cell}, "background") == value


def test_box_and_choice_and_switch():
    assert read.box({"box": "1, 2.4，30,40"}, "box") == (1, 2, 30, 40)
    assert read.box({}, "box") is None
    assert read.choice({"engine": " Local"}, "engine", ("auto", "local"), "auto") == "local"
    assert read.choice({}, "engine", ("auto", "local"), "auto") == "auto"
    assert read.yes_no({"crop": "是"}, "crop")
    assert not read.yes_no({}, "crop")


@pytest.mark.parametrize(
    ("reader", "cell"),
    [
        (lambda c: read.share(c, "x", 0.45), "46%"),
        (lambda c: read.share(c, "x", 0.45), "-1%"),
        (lambda c: read.share(c, "x", 0.45), "wide"),
        (lambda c: read.size(c, "x", 2000), "2001"),
        (lambda c: read.size(c, "x", 2000), "0x10"),
        (lambda c: read.size(c, "x", 2000), "big"),
        (lambda c: read.colour(c, "x"), "#12345"),
        (lambda c: read.colour(c, "x"), "mauve"),
        (lambda c: read.box(c, "x"), "1,2,3"),
        (lambda c: read.box(c, "x"), "1,2,0,4"),
        (lambda c: read.box(c, "x"), "1,2,inf,4"),
        (lambda c: read.choice(c, "x", ("a", "b"), "a"), "c"),
        (lambda c: read.yes_no(c, "x"), "perhaps"),
    ],
)
def test_what_is_wrong_names_its_column_and_value(reader, cell):
    with pytest.raises(InputRefused) as caught:
        reader({"x": cell})
    assert (caught.value.values["column"], caught.value.values["value"]) == ("x", cell)
    assert caught.value.code in ("cell_unknown", "cell_not_numbers")
