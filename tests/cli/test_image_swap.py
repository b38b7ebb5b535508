"""``shopkit image swap`` as it is typed: one picture, a night's table, what is refused."""

import csv

import numpy as np
import pytest

from shopkit.image.picture import Box
from shopkit.image.read import read_picture
from tests.engines.endpoint import picture, serve
from tests.image.studio import photo, save, save_row

__all__ = ["serve"]  # the fixture


@pytest.fixture
def cells(shop):
    """The files of one swap, as a table beside the shop names them: "in/scene.png"."""
    return {name: f"in/{name_of(path)}" for name, path in save_row(shop / "in").items()}


def name_of(path):
    return path.replace("\\", "/").rpartition("/")[2]


def table(path, rows, headers=None, encoding="utf-8"):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, names)
        writer.writerow({name: (headers or {}).get(name, name) for name in names})
        writer.writerows(rows)
    return str(path)


def results(folder):
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_one_picture(shopkit, shop, cells):
    words = (cells["scene"], cells["product"], "--mask", cells["mask"])
    ended = shopkit("image", "swap", *words, "-o", "swapped.png")
    assert ended.code == 0
    made = [shop / name for name in ("swapped.png", "swapped.png.json", "swapped.proof.jpg")]
    assert ended.out.split() == [str(path) for path in made]
    assert all(path.is_file() for path in made)
    again = shopkit("image", "swap", *words, "-o", "swapped.png", "--json")
    assert again.envelope["summary"]["already_done"] == 1


def test_a_table_with_chinese_headers_beside_its_pictures(shopkit, shop, cells, monkeypatch):
    headers = {
        "id": "编号",
        "scene": "场景图",
        "product": "商品图",
        "mask": "蒙版",
        "color": "色彩",
    }
    rows = [cells | {"id": "红鞋", "color": "exact"}, cells | {"id": "b", "color": "bright"}]
    file = table(shop / "jobs.csv", rows, headers, "gb18030")
    (shop / "elsewhere").mkdir()
    monkeypatch.chdir(shop / "elsewhere")
    ended = shopkit("--lang", "zh", "image", "swap", "--batch", file, "-o", "out", "--jobs", "1")
    assert ended.code == 4
    good, bad = results(shop / "elsewhere/out")
    assert (good["id"], good["status"], good["output"]) == ("红鞋", "ok", "红鞋.png")
    assert (bad["status"], bad["reason"]) == ("failed", "cell_unknown")
    assert "不认识" in bad["detail"]
    assert good["scene"] == "in/scene.png"  # the row as it was given


def test_the_envelope_tells_every_row(shopkit, shop, cells):
    rows = [cells | {"id": "a"}, cells | {"id": "b", "scene": "in/none.png"}]
    file = table(shop / "jobs.csv", rows)
    ended = shopkit("image", "swap", "--batch", file, "-o", "out", "--jobs", "1", "--json")
    told = ended.envelope
    assert (ended.code, told["exit_code"], told["status"]) == (4, 4, "partial")
    assert [row["status"] for row in told["rows"]] == ["ok", "failed"]
    assert told["rows"][0]["delta_e"] is not None
    assert told["errors"][0]["code"] == "input_missing"


def test_what_is_not_sure_waits_for_a_person(shopkit, shop, cells):
    """A photo too small for its place: made, for review, exit 5 only where that was asked for."""
    tiny = photo(size=(40, 30), box=Box(4, 4, 32, 20))
    save(shop / "in", "tiny.png", tiny.colour, tiny.alpha)
    words = ("image", "swap", cells["scene"], "in/tiny.png", "--mask", cells["mask"], "-o", "out")
    ended = shopkit(*words, "--json")
    [row] = ended.envelope["rows"]
    assert (ended.code, row["status"], row["reason"]) == (0, "review", "product_too_small")
    assert shopkit(*words, "--fail-on", "review").code == 5
    assert row["review"] in shopkit("review", "list").out
    assert shopkit("review", "accept", row["review"]).code == 0
    assert shopkit(*words, "--fail-on", "review").code == 0


def test_a_worn_pair_from_one_photo(shopkit, shop, cells):
    """The options may repeat; mirror is the other foot."""
    ended = shopkit(
        *("image", "swap", cells["scene"], cells["product"], "mirror"),
        *("--mask", cells["mask"], "--mask", cells["mask"], "-o", "pair.png", "--json"),
    )
    [row] = ended.envelope["rows"]
    assert row["status"] == "ok"
    assert row["warnings"] == "product_mirrored"
    assert len(row["place"].split()) == 2


def test_the_shops_platform_says_exact(shopkit, shop, cells):
    (shop / "shopkit.toml").write_text('platform = "taobao"\n', encoding="utf-8")
    words = ("image", "swap", cells["scene"], cells["product"], "--mask", cells["mask"], "--json")
    assert shopkit(*words, "-o", "a.png").envelope["rows"][0]["light"] == "exact"
    [row] = shopkit(*words, "-o", "b.png", "--color", "adapt").envelope["rows"]
    assert row["light"] == "scene"
    assert 1 < row["delta_e"] <= 5.3


def test_pixels_outside_the_swap_are_the_scenes(shopkit, shop, cells):
    words = ("image", "swap", cells["scene"], cells["product"], "--mask", cells["mask"])
    assert shopkit(*words, "-o", "swapped.png").code == 0
    before, after = (read_picture(shop / name).rgb for name in ("in/scene.png", "swapped.png"))
    changed = Box.around((before != after).any(axis=2))
    assert (before[:40] == after[:40]).all()
    assert changed.w < 160


def test_one_worker_or_two_the_bytes_are_the_same(program, shop, cells):
    """The erased ground is much arithmetic: it must add in one order on any number of cores."""
    rows = [cells | {"id": f"r{n}", "color": color} for n, color in enumerate(("exact", "adapt"))]
    file = table(shop / "jobs.csv", rows)
    for jobs in ("1", "2"):
        ended = program("image", "swap", "--batch", file, "-o", f"out{jobs}", "--jobs", jobs)
        assert ended.code == 0
    one, two = (
        {path.name: path.read_bytes() for path in (shop / folder).glob("r[01]*")}
        for folder in ("out1", "out2")
    )
    assert len(one) == 6
    assert one == two


def test_a_model_behind_an_endpoint(shopkit, shop, cells, serve, monkeypatch):
    """It paints the place green: that is not the product, and a person is told so."""

    def green(handler):
        fields = dict(reversed(handler.server.seen[-1][2]))  # the first of a name wins
        given = np.asarray(fields["image[]"]).copy()
        given[np.asarray(fields["mask"])[..., 3] == 0] = (0, 200, 0)
        picture(given)(handler)

    monkeypatch.setenv("SHOPKIT_OPENAI_API_KEY", "k")
    settings = f'[engines]\nedit_url = "{serve(green).url}"\n'
    (shop / "shopkit.toml").write_text(settings, encoding="utf-8")
    words = ("image", "swap", cells["scene"], cells["product"], "--mask", cells["mask"])
    ended = shopkit(*words, "--engine", "openai", "-o", "out", "--json")
    [row] = ended.envelope["rows"]
    assert (ended.code, row["status"], row["reason"]) == (0, "review", "edit_repainted")
    assert row["engine"] == "alpha openai"


REFUSED = [
    ((), 2, "nothing_given"),
    (("s.png", "p.png", "--batch", "jobs.csv"), 2, "batch_and_arguments"),
    (("s.png", "p.png", "--profile", "ebey"), 2, "profile_unknown"),
    (("s.png", "p.png", "--color", "bright"), 2, "usage_wrong"),
    (("s.png", "p.png", "--max-delta-e", "0"), 2, "usage_wrong"),
    (("--batch", "none.csv"), 3, "table_missing"),
    (("s.png", "p.png", "--cutout", "rembg"), 6, "model_missing"),
    (("s.png", "p.png", "--engine", "openai"), 6, "edit_key_missing"),
    (("none.png", "p.png"), 4, "input_missing"),
]


@pytest.mark.parametrize(("words", "code", "reason"), REFUSED, ids=lambda v: str(v)[:50])
def test_what_is_refused_and_the_exit_code(shopkit, shop, monkeypatch, words, code, reason):
    monkeypatch.setenv("REMBG_HOME", str(shop / "none"))
    monkeypatch.setenv("U2NET_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(shop / "none"))
    for name in ("s.png", "p.png"):
        (shop / name).touch()
    ended = shopkit("image", "swap", *words, "-o", "out", "--json")
    assert ended.code == ended.envelope["exit_code"] == code
    assert ended.envelope["errors"][0]["code"] == reason
    assert not list((shop / "out").glob("*.png"))
