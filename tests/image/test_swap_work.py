"""Swaps as rows: from cells to picture, side-car and proof; what fails, fails with a reason."""

import pickle
import shutil

import numpy as np
import pytest

import shopkit
from shopkit.errors import EngineMissing, UsageFault
from shopkit.image.picture import Box
from shopkit.image.provenance import GENERATED, Marks, made_by, read_marks, xmp_packet
from shopkit.image.read import read_picture
from shopkit.image.sidecar import read_sidecar
from shopkit.image.swap_work import SwapWork
from shopkit.image.write import write_picture
from shopkit.runtime.batch import run_batch
from shopkit.runtime.job import Row
from shopkit.runtime.settings import load_settings
from shopkit.runtime.state import State
from tests.engines.test_erase_onnx import write_model
from tests.image.studio import BOX, SIZE, outline, photo, save, save_row

WORK = SwapWork({"color": "exact"})


def prepared(cells, work=WORK, out=None):
    return work.prepare(Row(1, cells), out)


def settings(folder, text):
    (folder / "shopkit.toml").write_text(text, encoding="utf-8")
    return load_settings(start=folder, environment={})


@pytest.fixture
def run(tmp_path):
    """Run rows (cells) as a batch and return the results; files land in tmp_path/out."""

    def batch(*rows, work=WORK, **options):
        numbered = [Row(n, cells) for n, cells in enumerate(rows, start=1)]
        with State(tmp_path / "state.db") as state:
            return run_batch(work, numbered, tmp_path / "out", state=state, **options).rows

    return batch


def test_a_swap_leaves_picture_sidecar_and_proof(run, tmp_path):
    cells = save_row(tmp_path / "in", id="first")
    [row] = run(cells)
    assert (row.status, row.reason) == ("ok", "")
    names = {
        "output": "first.png",
        "output_sidecar": "first.png.json",
        "output_proof": "first.proof.jpg",
    }
    assert {kind: path.name for kind, path in row.outputs.items()} == names
    told = read_sidecar(row.outputs["output_sidecar"])
    before = read_picture(cells["scene"]).rgb
    after = read_picture(row.outputs["output"]).rgb
    region = told.region.mask(SIZE)
    assert (after[~region] == before[~region]).all()  # what it declares is true
    assert (after != before).any(axis=2).sum() > 2000
    assert [one.role for one in told.inputs] == ["scene", "product", "mask"]
    assert told.params["scene"] == "scene.png"  # no folder: the same shop elsewhere
    assert Box(*told.places[0].new_box).iou(BOX) > 0.9
    assert (told.light[0].mode, told.light[0].clipped) == ("exact", 0)
    assert told.scores.delta_e_visible <= 1
    assert not told.origin.generated


def test_what_counts_does_not_hang_on_where_the_shop_lies(tmp_path):
    cells = save_row(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    moved = {name: cell.replace("/a/", "/b/") for name, cell in cells.items()}
    one, other = (prepared(row, out=tmp_path / "out") for row in (cells, moved))
    assert one.params == other.params
    assert one.inputs != other.inputs
    assert pickle.loads(pickle.dumps(one)) == one


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({}, "model.png"),
        ({"scene": "in/model.HEIC"}, "model.png"),
        ({"scene": "in/model.jpeg"}, "model.jpeg"),
        ({"id": "7/8"}, "7_8.png"),
        ({"id": "7", "out": "shoes/red.webp"}, "shoes/red.webp"),
        ({"out": "red"}, "red.png"),
    ],
)
def test_how_outputs_are_named(cells, name, tmp_path):
    job = prepared({"scene": "in/model.png", "product": "p.png"} | cells, out=tmp_path)
    assert job.outputs["out"] == tmp_path / name
    assert job.outputs["sidecar"] == tmp_path / f"{name}.json"
    assert job.id == cells.get("id", "model")


def test_pictures_lie_beside_the_table_or_in_the_working_folder(tmp_path, monkeypatch):
    for place in ("here/a.png", "there/a.png", "there/b.png"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
    monkeypatch.chdir(tmp_path / "here")
    work = SwapWork({}, table=tmp_path / "there" / "jobs.csv")
    job = prepared({"scene": "a.png", "product": "b.png", "old": "c.png"}, work, tmp_path)
    assert [str(path) for path in job.inputs] == ["a.png", str(tmp_path / "there/b.png"), "c.png"]


def test_the_platforms_rules_under_what_was_said(tmp_path):
    """Rules of the shop's platform, the row's own profile, an option, a cell: the nearest wins."""
    cells = {"scene": "s.png", "product": "p.png"}

    def color(work, **more):
        params = prepared(cells | more, work, tmp_path).params
        return params["color"], params.get("max_delta_e")

    shop = settings(tmp_path, 'platform = "taobao"\n[engines]\ncutout = "local"')
    assert color(SwapWork({})) == ("adapt", None)
    assert color(SwapWork({}, shop)) == ("exact", "5")
    assert color(SwapWork({"color": "adapt"}, shop)) == ("adapt", "5")
    assert color(SwapWork({"color": "adapt"}, shop), color="exact") == ("exact", "5")
    assert color(SwapWork({}, shop), profile="generic") == ("adapt", None)
    assert color(SwapWork({"profile": "tmall"}), max_delta_e="2") == ("exact", "2")
    assert prepared(cells, SwapWork({}, shop), tmp_path).params["cutout"] == "local"
    assert prepared(cells | {"cutout": "auto"}, SwapWork({}, shop), tmp_path).params["cutout"] == (
        "auto"
    )


def test_a_shops_own_rule(tmp_path):
    (tmp_path / "profiles").mkdir()
    rule = 'value = "exact"\nsource = "us"\ndate = 2026-11-22\nconfidence = "ours"\n'
    (tmp_path / "profiles" / "mine.toml").write_text(f"[main.color]\n{rule}", encoding="utf-8")
    work = SwapWork({}, settings(tmp_path, 'platform = "mine"'))
    work.check()
    assert prepared({"scene": "s", "product": "p"}, work, tmp_path).params["color"] == "exact"


@pytest.mark.parametrize(
    ("text", "defaults", "code"),
    [
        ('platform = "ebey"', {}, "profile_unknown"),
        ("", {"profile": "taobao-back"}, "profile_unknown"),
        ('[engines]\ncutout = "best"', {}, "setting_value_unknown"),
    ],
)
def test_what_is_wrong_for_every_row_is_said_before_the_first(tmp_path, text, defaults, code):
    with pytest.raises(UsageFault) as caught:
        SwapWork(defaults, settings(tmp_path, text)).check()
    assert caught.value.code == code
    assert "{" not in str(caught.value)


def test_a_named_model_that_is_not_there_ends_it_before_the_first_row(tmp_path, monkeypatch):
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "none"))
    cells = {"scene": "s.png", "product": "p.png"}
    with pytest.raises(EngineMissing) as caught:
        prepared(cells | {"cutout": "rembg"}, out=tmp_path)
    assert caught.value.code == "model_missing"
    with pytest.raises(EngineMissing):
        prepared(cells | {"cutout": "rembg", "model": "best"}, out=tmp_path)
    assert "cutout_model" not in prepared(cells, out=tmp_path).params  # auto works without


def test_a_model_that_was_fetched_since_counts(tmp_path, monkeypatch):
    cells = {"scene": "s.png", "product": "p.png"}
    monkeypatch.setenv("REMBG_HOME", str(tmp_path))
    monkeypatch.setenv("U2NET_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    before = prepared(cells, out=tmp_path).params
    file = tmp_path / "models/u2netp/u2netp.onnx"
    file.parent.mkdir(parents=True)
    file.touch()
    assert prepared(cells, out=tmp_path).params == before | {"cutout_model": "u2netp"}


def broken(folder):
    """Rows that cannot be worked on, by the reason that they must fail with."""
    good = save_row(folder)
    small = save(folder, "small.png", np.zeros((60, 80, 3), np.uint8))
    dark = save(folder, "dark.png", np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    shutil.copy(good["scene"], folder / "again.png")
    (folder / "short.png").write_bytes((folder / "scene.png").read_bytes()[:2000])
    (folder / "text.png").write_text("no picture")
    return {
        "input_missing": good | {"scene": str(folder / "none.png")},
        "image_truncated": good | {"scene": str(folder / "short.png")},
        "image_not_a_picture": good | {"product": str(folder / "text.png")},
        "scene_is_product": good | {"product": str(folder / "again.png")},
        "mask_size": good | {"mask": str(small)},
        "mask_empty": good | {"mask": str(dark)},
        "box_outside": {**good, "mask": "", "box": "300,20,40,40"},
        "mirror_of_nothing": good | {"product": "mirror"},
        "cell_not_numbers": {**good, "mask": "", "box": "1,2,3"},
        "output_unsafe": good | {"out": "../red.png"},
        "image_suffix_unknown": good | {"out": "red.gif"},
        "profile_unknown": good | {"profile": "ebey"},
        "template_unreadable": {**good, "mask": "", "template": str(folder / "text.png")},
    }


def test_wrong_rows_fail_alone_each_with_its_reason(run, tmp_path):
    rows = {code: row | {"id": code} for code, row in broken(tmp_path / "in").items()}
    results = run(*rows.values(), save_row(tmp_path / "in", id="good"))
    assert {row.id: row.reason for row in results[:-1]} == {code: code for code in rows}
    assert results[-1].status == "ok"
    for row in results[:-1]:
        assert row.status == "failed"
        assert row.detail
        assert "{" not in row.detail
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["good.png"]


def test_mirror_turns_the_photo_and_says_so(run, tmp_path):
    left, right = Box(20, 70, 90, 56), Box(130, 70, 90, 56)
    cells = save_row(tmp_path / "in")
    masks = []
    for name, box in (("l.png", left), ("r.png", right)):
        white = np.repeat((outline(box, SIZE) * 255).astype(np.uint8)[..., None], 3, axis=2)
        masks.append(str(save(tmp_path / "in", name, white)))
    [row] = run(cells | {"product": f"{cells['product']}\nmirror", "mask": "\n".join(masks)})
    told = read_sidecar(row.outputs["output_sidecar"])
    assert [place.mirrored for place in told.places] == [False, True]
    assert "product_mirrored" in row.warnings
    after = read_picture(row.outputs["output"]).rgb.astype(int)
    red = after[..., 0] - after[..., 1] > 60
    halves = [red[box.slices] for box in (left, right)]
    same = [np.count_nonzero(halves[0] == other) for other in (halves[1][:, ::-1], halves[1])]
    assert same[0] > same[1] + 400


def test_flip_turns_every_photo(run, tmp_path):
    [row] = run(save_row(tmp_path / "in", flip="yes"))
    assert read_sidecar(row.outputs["output_sidecar"]).places[0].mirrored
    assert row.warnings == ("product_mirrored",)


def test_a_template_remembers_the_place(run, tmp_path):
    """Once pointed out, later rows need no more than the scene and a product."""
    cells = save_row(tmp_path / "in")
    template = str(tmp_path / "place.json")
    other = save(tmp_path / "in", "blue.png", photo().colour[..., ::-1], photo().alpha)
    first = cells | {"id": "a", "template": template}
    second = {"id": "b", "scene": cells["scene"], "product": str(other), "template": template}
    one, two = run(first, second)
    assert (one.status, two.status) == ("ok", "ok")
    places = [read_sidecar(row.outputs["output_sidecar"]).places[0] for row in (one, two)]
    assert places[0].new_box == places[1].new_box
    assert {row.evidence["place"] for row in run(first, second)} == {one.evidence["place"]}


def test_a_template_never_takes_the_place_of_another_file(run, tmp_path):
    cells = save_row(tmp_path / "in")
    before = (tmp_path / "in/new.png").read_bytes()
    [row] = run(cells | {"template": cells["product"]})
    assert (row.status, row.reason) == ("failed", "template_unreadable")
    assert (tmp_path / "in/new.png").read_bytes() == before


def test_a_template_of_another_scene_is_not_trusted(run, tmp_path):
    cells = save_row(tmp_path / "in")
    template = str(tmp_path / "place.json")
    changed = read_picture(cells["scene"]).rgb.copy()
    changed[:20] = 255
    other = str(save(tmp_path / "in", "other.png", changed))
    small = str(save(tmp_path / "in", "small.png", changed[:100]))
    first = cells | {"id": "a", "template": template}
    bare = {"product": cells["product"], "template": template}
    run(first)
    _, same, smaller = run(first, bare | {"scene": other}, bare | {"scene": small})
    assert (same.status, same.reason) == ("review", "template_other_scene")
    assert "place.json" in same.detail
    assert (smaller.status, smaller.reason) == ("failed", "template_other_scene")


def test_where_the_place_is_not_sure_the_proof_shows_the_candidates(run, tmp_path):
    cells = save_row(tmp_path / "in")
    template = str(tmp_path / "place.json")
    changed = read_picture(cells["scene"]).rgb.copy()
    changed[:3, :3] = 255
    bare = {"product": cells["product"], "template": template}
    [sure] = run(cells | {"template": template})
    [unsure] = run(bare | {"scene": str(save(tmp_path / "in", "other.png", changed))})
    proofs = [read_picture(row.outputs["output_proof"]).rgb.astype(int) for row in (sure, unsure)]
    marked = [(p[..., 0] - p[..., 1] > 120)[:, : p.shape[1] // 3].sum() for p in proofs]
    assert marked[0] == 0  # the old product is blue, the ground grey
    assert marked[1] > 300


def test_marks_of_ai_origin_are_carried_on(run, tmp_path):
    """A scene that a model made stays one, whoever swapped a product into it."""
    cells = save_row(tmp_path / "in")
    marks = made_by("maker", "no-1", whole=True)
    write_picture(
        tmp_path / "in/scene.png", read_picture(cells["scene"]).rgb, xmp=xmp_packet(marks)
    )
    [row] = run(cells)
    found = read_marks(row.outputs["output"])
    assert found.labels == marks.labels
    assert found.source_type
    assert found.source_type != GENERATED  # the product is a photo
    origin = read_sidecar(row.outputs["output_sidecar"]).origin
    assert (origin.generated, origin.visible) == (True, False)
    assert read_marks(tmp_path / "in/new.png") == Marks()


def test_ground_that_a_model_filled_is_marked(run, tmp_path):
    """The model paints holes green; what it painted is AI-made and says so."""
    model = write_model(tmp_path / "green.onnx")
    narrow = photo(box=Box(20, 20, 60, 75))
    save(tmp_path / "in", "narrow.png", narrow.colour, narrow.alpha)
    cells = save_row(tmp_path / "in", remove=str(model))
    [row] = run(cells | {"product": str(tmp_path / "in/narrow.png")})
    after = read_picture(row.outputs["output"]).rgb.astype(int)
    assert ((after[..., 1] > 1.5 * after[..., 0]) & (after[..., 1] > 100)).sum() > 500
    told = read_sidecar(row.outputs["output_sidecar"])
    assert (told.engines[-1].job, told.engines[-1].model) == ("remove", "green.onnx")
    assert (told.origin.generated, told.origin.visible) == (True, True)
    assert read_marks(row.outputs["output"]).labels[0]["ContentProducer"] == "local/green"
    region = told.region.mask(SIZE)
    before = read_picture(cells["scene"]).rgb
    assert (after[~region] == before[~region]).all()


def test_a_fill_model_that_is_not_there_ends_it_before_the_first_row(tmp_path):
    with pytest.raises(EngineMissing) as caught:
        prepared({"scene": "s", "product": "p", "remove": "none.onnx"}, out=tmp_path)
    assert caught.value.code == "erase_model_missing"


@pytest.mark.parametrize(("name", "kept"), [("a.png", True), ("a.jpg", False)])
def test_a_scenes_own_transparency_is_kept(run, tmp_path, name, kept):
    cells = save_row(tmp_path / "in", out=name)
    alpha = np.full((SIZE[1], SIZE[0]), 255, np.uint8)
    alpha[:30] = 0
    save(tmp_path / "in", "scene.png", read_picture(cells["scene"]).rgb, alpha)
    [row] = run(cells)
    after = read_picture(row.outputs["output"])
    assert (after.alpha is not None) == kept
    if kept:
        assert (after.alpha == alpha).all()


def test_a_phones_photo_as_scene(run, tmp_path):
    heif = pytest.importorskip("pillow_heif")
    cells = save_row(tmp_path / "in")
    rgb = read_picture(cells["scene"]).rgb
    heif.from_bytes("RGB", SIZE, rgb.tobytes()).save(tmp_path / "in/scene.heic", quality=95)
    [row] = run(cells | {"scene": str(tmp_path / "in/scene.heic")})
    assert (row.status, row.outputs["output"].name) == ("ok", "scene.png")


def test_from_python_a_frame_in_and_a_frame_out(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([save_row(tmp_path / "in", id="a")])
    with shopkit.State(tmp_path / "state.db") as state:
        table = shopkit.read_table(frame)
        done = shopkit.run_batch(shopkit.SwapWork({}), table.rows, tmp_path / "out", state=state)
    told = done.to_pandas()
    assert told.loc[0, "status"] == "ok"
    assert told.loc[0, "delta_e"] > 1


def test_scenes_of_one_name_in_two_folders_are_both_kept(run, tmp_path):
    rows = [save_row(tmp_path / "a"), save_row(tmp_path / "b")]
    changed = read_picture(rows[1]["scene"]).rgb.copy()
    changed[:9] = 0
    save(tmp_path / "b", "scene.png", changed)
    results = run(*rows)
    assert [row.status for row in results] == ["ok", "ok"]
    assert len({row.outputs["output"] for row in results}) == 2
