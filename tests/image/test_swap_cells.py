"""A swap's row as text becomes types, or is refused naming the column and the value."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.errors import InputRefused
from shopkit.image.swap_cells import ALIASES, MIRROR, joined, read_cells
from shopkit.runtime.table import read_table

ROW = {"scene": "in/model.jpg", "product": "in/shoe.png"}


def test_the_least_that_a_row_says():
    cells = read_cells(ROW)
    assert (cells.scene, cells.products) == (Path("in/model.jpg"), ("in/shoe.png",))
    assert (cells.places, cells.points_out) == (1, False)
    assert (cells.color, cells.fit, cells.flip, cells.max_delta_e) == (
        "adapt",
        "contain",
        False,
        None,
    )
    assert (cells.engine, cells.cutout, cells.model) == ("local", "auto", "u2netp")


def test_a_worn_pair_is_two_places():
    more = {"product": "left.png; right.png", "box": "10,20,30,40；50,20,30,40", "color": "EXACT"}
    cells = read_cells(ROW | more | {"max_delta_e": "5", "flip": "是"})
    assert cells.products == ("left.png", "right.png")
    assert cells.boxes == ((10, 20, 30, 40), (50, 20, 30, 40))
    assert (cells.places, cells.points_out) == (2, True)
    assert (cells.color, cells.max_delta_e, cells.flip) == ("exact", 5.0, True)


def test_one_photo_and_mirror_for_the_other_foot():
    cells = read_cells(ROW | {"product": "shoe.png\nmirror", "point": "10,20\n60，20.4"})
    assert cells.products == ("shoe.png", MIRROR)
    assert cells.points == ((10, 20), (60, 20))


def test_a_repeated_option_is_one_cell():
    assert joined(["a;b.png", "c.png"]) == "a;b.png\nc.png"
    assert joined(None) == ""
    cells = read_cells(ROW | {"product": joined(["a;b.png", "c.png"]), "old": joined(["x", "y"])})
    assert cells.products == ("a;b.png", "c.png")  # a semicolon in a name, where lines part


WRONG = [
    ({"scene": " "}, "cell_empty", {"column": "scene"}),
    ({"product": ";"}, "cell_empty", {"column": "product"}),
    ({"box": "1,2,3"}, "cell_not_numbers", {"column": "box", "form": "X,Y,W,H"}),
    ({"box": "1,2,0,4"}, "cell_not_numbers", {"value": "1,2,0,4"}),
    ({"box": "1,2,x,4"}, "cell_not_numbers", {"column": "box"}),
    ({"box": "1e999,2,3,4"}, "cell_not_numbers", {"column": "box"}),
    ({"point": "nan,2"}, "cell_not_numbers", {"column": "point", "form": "X,Y"}),
    ({"max_delta_e": "0"}, "cell_not_numbers", {"column": "max_delta_e"}),
    ({"max_delta_e": "five"}, "cell_not_numbers", {"value": "five"}),
    ({"color": "bright"}, "cell_unknown", {"column": "color", "known": "exact adapt"}),
    ({"fit": "stretch"}, "cell_unknown", {"known": "contain width height"}),
    ({"engine": "magic"}, "cell_unknown", {"column": "engine"}),
    ({"cutout": "best"}, "cell_unknown", {"known": "auto local rembg"}),
    ({"flip": "maybe"}, "cell_unknown", {"column": "flip"}),
    ({"product": "a;b;c"}, "places_differ", {"column": "product", "count": 3, "places": 1}),
    (
        {"box": "1,2,3,4;5,6,7,8", "old": "a;b;c"},
        "places_differ",
        {"column": "box", "count": 2, "places": 3},
    ),
    ({"product": "mirror"}, "mirror_of_nothing", {}),
]


@pytest.mark.parametrize(("cells", "code", "values"), WRONG, ids=lambda v: str(v)[:40])
def test_what_is_wrong_is_named(cells, code, values):
    with pytest.raises(InputRefused) as caught:
        read_cells(ROW | cells)
    assert caught.value.code == code
    assert values.items() <= caught.value.values.items()
    assert "{" not in str(caught.value)


def test_files_go_out_and_come_back_in_one_order():
    cells = read_cells(
        {"scene": "s.jpg", "product": "p.png;mirror", "old": "o.jpg", "mask": "m.png"}
        | {"box": "1,2,3,4;5,6,7,8", "template": "t.json"}
    )
    assert [str(file) for file in cells.files] == ["s.jpg", "p.png", "o.jpg", "m.png", "t.json"]
    moved = cells.with_files(Path("in", file) for file in cells.files)
    assert (moved.scene, moved.products) == (Path("in/s.jpg"), ("in/p.png", MIRROR))
    assert (moved.old, moved.masks) == ((Path("in/o.jpg"),), (Path("in/m.png"),))
    assert moved.template == Path("in/t.json")
    assert moved.with_files(cells.files) == cells


def test_what_counts_is_written_without_folders():
    """A shop folder that was moved is the same shop: its jobs are done already."""
    written = read_cells({"scene": "/a/b/s.jpg", "product": "../c/p.png", "box": "1, 2,3,4"})
    assert written.written() == {
        "scene": "s.jpg",
        "product": "p.png",
        "box": "1,2,3,4",
        "color": "adapt",
        "fit": "contain",
        "engine": "local",
        "cutout": "auto",
        "model": "u2netp",
    }


names = st.text("abcXYZ019-_ 鞋", min_size=1, max_size=6).filter(lambda name: name == name.strip())
numbers = st.integers(1, 4000)


@st.composite
def rows(draw):
    places = draw(st.integers(1, 3))
    boxes = [draw(st.tuples(numbers, numbers, numbers, numbers)) for _ in range(places)]
    products = [draw(names) for _ in range(places)]
    if places > 1 and draw(st.booleans()):
        products[1] = MIRROR
    return {
        "scene": draw(names),
        "product": joined(products),
        "box": joined([",".join(map(str, box)) for box in boxes]),
        "old": joined([draw(names) for _ in range(draw(st.sampled_from([0, 1, places])))]),
        "color": draw(st.sampled_from(["", "exact", "adapt"])),
        "flip": draw(st.sampled_from(["", "yes"])),
        "max_delta_e": draw(st.sampled_from(["", "2.5", "5"])),
    }


@settings(max_examples=60, deadline=None)
@given(rows())
def test_written_and_read_again_a_row_is_the_same(row):
    if row["product"].startswith(MIRROR):
        row["product"] = "p" + row["product"]
    cells = read_cells(row)
    assert read_cells(cells.written()) == cells


def test_chinese_headers_of_a_table(tmp_path):
    table = tmp_path / "jobs.csv"
    table.write_bytes(
        '编号,场景图,商品图,框,色彩,最大色差\n鞋1,s.jpg,p.jpg,"1,2,3,4",exact,5\n'.encode("gb18030")
    )
    [row] = read_table(table, aliases=ALIASES, required=("scene", "product")).rows
    cells = read_cells(row.cells)
    assert row.cells["id"] == "鞋1"
    assert (cells.boxes, cells.color, cells.max_delta_e) == (((1, 2, 3, 4),), "exact", 5.0)
