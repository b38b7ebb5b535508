"""``shopkit image cutout`` and ``image models`` as they are typed."""

import csv

import numpy as np
import pytest

from shopkit.image.read import read_picture
from tests.image.model import no_models  # noqa: F401  a fixture
from tests.image.shots import block, mug, shot
from tests.image.studio import save


@pytest.fixture
def photos(shop):
    return [
        save(shop, f"{name}.png", shot(a).rgb) for name, a in (("box", block()), ("mug", mug()))
    ]


def test_one_photo_to_one_file(shopkit, shop, photos):
    ended = shopkit("image", "cutout", "box.png", "--engine", "local", "-o", "cut.png")
    assert (ended.code, ended.out) == (0, f"{shop / 'cut.png'}\n")
    cut = read_picture("cut.png")
    assert np.abs(cut.alpha / 255 - block()).mean() < 0.005
    assert not cut.rgb[cut.alpha == 0].any()


def test_several_photos_to_a_folder(shopkit, shop, photos):
    words = ("image", "cutout", "box.png", "mug.png", "--engine", "local", "--jobs", "1")
    ended = shopkit(*words, "-o", "out", "--json")
    assert ended.code == 0
    rows = ended.envelope["rows"]
    assert [(row["id"], row["status"]) for row in rows] == [("box", "ok"), ("mug", "review")]
    assert rows[1]["reason"] == "cutout_hole_unsure"
    assert "image models get u2netp" in rows[1]["detail"]
    with (shop / "out/results.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["engine"] for row in csv.DictReader(stream)] == ["local", "local"]
    again = shopkit(*words, "-o", "out", "--json")
    assert again.envelope["summary"]["already_done"] == 2


def test_a_main_image(shopkit, shop, photos):
    look = ("--background", "white", "--size", "300x400", "--margin", "8%", "--shadow", "contact")
    ended = shopkit("image", "cutout", "box.png", "--engine", "local", *look, "-o", "main.jpg")
    assert ended.code == 0
    main = read_picture("main.jpg")
    assert main.size == (300, 400)
    assert main.rgb[:20].min() >= 250
    assert main.rgb[200, 150].max() < 200


def test_a_table_with_chinese_headers(shopkit, shop, photos):
    table = "编号,商品图,背景,尺寸\n红,box.png,#C8102E,100\n坏,none.png,,\n"
    (shop / "jobs.csv").write_text(table, encoding="gb18030")
    words = ("--batch", "jobs.csv", "--engine", "local", "-o", "out", "--jobs", "1", "--json")
    ended = shopkit("image", "cutout", *words)
    assert ended.code == 4
    assert [row["status"] for row in ended.envelope["rows"]] == ["ok", "failed"]
    assert read_picture("out/红.png").rgb[0, 0].tolist() == [0xC8, 0x10, 0x2E]


def test_a_named_model_that_is_missing_stops_before_the_first_row(shopkit, shop, photos, no_models):  # noqa: F811
    ended = shopkit("image", "cutout", "box.png", "--engine", "rembg", "-o", "out")
    assert ended.code == 6
    assert "shopkit image models get u2netp" in ended.err
    assert not (shop / "out").exists()


def test_a_wrong_option_is_a_wrong_option(shopkit, shop, photos):
    ended = shopkit("image", "cutout", "box.png", "--background", "mauve", "-o", "out")
    assert ended.code == 2
    assert "mauve" in ended.err


def test_models_are_listed(shopkit, no_models):  # noqa: F811
    ended = shopkit("image", "models", "list")
    assert ended.code == 0
    lines = list(csv.DictReader(ended.out.splitlines()))
    assert lines[0]["model"] == "u2netp"
    assert {line["trade"] for line in lines} == {"yes", "no"}
    as_json = shopkit("image", "models", "list", "--json").envelope
    assert (as_json["command"], as_json["rows"][0]) == ("image models list", lines[0])


def test_getting_an_unknown_model(shopkit):
    ended = shopkit("image", "models", "get", "no-such-net", "--json")
    assert ended.code == 6
    assert ended.envelope["errors"][0]["code"] == "model_unknown"
