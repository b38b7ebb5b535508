"""A swap that a model paints, over real HTTP: checked, restored around, marked, or for review."""

import threading

import numpy as np
import pytest

from shopkit.engines.edit_frame import Frame
from shopkit.errors import EngineMissing
from shopkit.image.picture import to_bytes
from shopkit.image.provenance import COMPOSITE, read_marks
from shopkit.image.read import read_picture
from shopkit.image.sidecar import read_sidecar
from shopkit.image.swap import swap
from shopkit.image.swap_cells import read_cells
from shopkit.image.swap_edit import asked
from shopkit.image.swap_row import open_row
from shopkit.image.swap_work import SwapWork
from shopkit.runtime.batch import run_batch
from shopkit.runtime.job import Row
from shopkit.runtime.settings import load_settings
from shopkit.runtime.state import State
from tests.engines.endpoint import picture, say, serve
from tests.image.studio import SIZE, save_row, scene

__all__ = ["serve"]  # the fixture
MODEL = "gpt-image-2"
SCENE, _ = scene()


class Local:
    """What the local engine makes of the same row: a model could do no better."""

    def __init__(self, cells):
        opened = open_row(read_cells(cells))
        swapped = swap(opened.scene, opened.spots)
        self.rgb = swapped.rgb
        self.view, self.region = asked(swapped)
        self.frame = Frame.around(self.view.w, self.view.h, MODEL)

    def paints(self, rgb):
        """An endpoint whose model answers with its part of ``rgb`` (scene size)."""
        return picture(self.frame.put(np.ascontiguousarray(rgb[self.view.slices])))


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    return Local(save_row(tmp_path_factory.mktemp("local")))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run one swap against a server and return its row; ``rows`` more of the same."""
    monkeypatch.setenv("SHOPKIT_OPENAI_API_KEY", "k-secret")

    def one(server, rows=1, **more):
        (tmp_path / "shopkit.toml").write_text(
            f'[engines]\nedit_url = "{server.url}"\nedit_model = "{MODEL}"\n', encoding="utf-8"
        )
        work = SwapWork({"engine": "openai"}, load_settings(start=tmp_path))
        cells = save_row(tmp_path / "in", **more)
        table = [Row(n, cells | {"id": f"r{n}"}) for n in range(1, rows + 1)]
        with State(tmp_path / "state.db") as state:
            done = run_batch(
                work, table, tmp_path / "out", state=state, jobs=2, pool=work.pool(table)
            )
        return done.rows[0] if rows == 1 else done.rows

    return one


def outside_is_the_scenes(row, tmp_path):
    told = read_sidecar(row.outputs["output_sidecar"])
    before = read_picture(tmp_path / "in/scene.png").rgb
    after = read_picture(row.outputs["output"]).rgb
    region = told.region.mask(SIZE)
    return (after[~region] == before[~region]).all()


def test_a_faithful_model(run, serve, local, tmp_path):
    server = serve(local.paints(local.rgb))
    row = run(server)
    assert (row.status, row.reason) == ("ok", "")
    assert outside_is_the_scenes(row, tmp_path)
    told = read_sidecar(row.outputs["output_sidecar"])
    edit = told.engines[-1]
    assert (edit.job, edit.name, edit.model) == ("edit", "openai", MODEL)
    assert told.scores.delta_e_own < 2
    assert (row.evidence["light"], row.evidence["engine"]) == ("model", "alpha openai")


def test_it_is_marked_as_made_by_a_model(run, serve, local):
    row = run(serve(local.paints(local.rgb)))
    marks = read_marks(row.outputs["output"])
    assert marks.source_type == COMPOSITE
    assert marks.labels[0]["Label"] == "1"
    assert marks.labels[0]["ContentProducer"] == f"127.0.0.1/{MODEL}"
    origin = read_sidecar(row.outputs["output_sidecar"]).origin
    assert (origin.generated, origin.visible) == (True, True)
    assert origin.labels == tuple(dict(label) for label in marks.labels)
    corner = read_picture(row.outputs["output"]).rgb[-20:, -60:]
    assert (corner != SCENE.rgb[-20:, -60:]).sum() > 100  # words that a person can read


def test_the_model_sees_the_place_and_is_told_where_to_paint(run, serve, local):
    server = serve(local.paints(local.rgb))
    run(server)
    fields = server.seen[0][2]
    pictures = [np.asarray(value) for name, value in fields if name == "image[]"]
    mask = next(np.asarray(value) for name, value in fields if name == "mask")
    frame = local.frame
    shown = frame.take(pictures[0]).astype(int)
    assert np.abs(shown - SCENE.rgb[local.view.slices]).mean() < 2
    assert len(pictures) == 2
    assert (pictures[1][2, 2] == 255).all()  # the product, on white
    open_ = frame.take(np.repeat(mask[..., 3:], 3, axis=2))[..., 0] < 128
    assert (open_ == local.region[local.view.slices]).mean() > 0.98


def test_a_model_that_strays_is_put_back(run, serve, local, tmp_path):
    strayed = np.where(local.region[..., None], local.rgb, 255 - local.rgb)
    row = run(serve(local.paints(strayed)))
    assert outside_is_the_scenes(row, tmp_path)


def test_a_model_that_repaints_the_product_goes_to_review(run, serve, local, tmp_path):
    other = local.rgb.astype(np.float32)
    red = other[..., 0] - other[..., 1] > 60
    other[red] += (-40, 30, 20)
    row = run(serve(local.paints(to_bytes(other))))
    assert (row.status, row.reason) == ("review", "edit_repainted")
    assert row.values["delta_e"] > 2
    assert "{" not in row.detail
    assert outside_is_the_scenes(row, tmp_path)


def test_a_model_that_did_nothing_goes_to_review(run, serve, local):
    row = run(serve(local.paints(SCENE.rgb)))
    assert (row.status, row.reason) == ("review", "edit_unchanged")


def test_a_busy_endpoint_fails_the_row_until_the_next_run(run, serve, local):
    row = run(serve(say(400, {"error": {"message": "blocked"}})))
    assert (row.status, row.reason) == ("failed", "edit_refused")
    row = run(serve(local.paints(local.rgb)), id="again")
    assert row.status == "ok"


def test_the_key_stands_nowhere(run, serve, local, tmp_path):
    run(serve(local.paints(local.rgb)))
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"k-secret" not in path.read_bytes(), path


def test_rows_wait_for_the_endpoint_side_by_side(run, serve, local):
    both = threading.Barrier(2, timeout=20)

    def together(handler):
        both.wait()  # breaks, and the row with it, where they come one after the other
        local.paints(local.rgb)(handler)

    rows = run(serve(together), rows=2)
    assert [row.status for row in rows] == ["ok", "ok"]


def test_without_a_key_it_ends_before_the_first_row(tmp_path, monkeypatch):
    monkeypatch.delenv("SHOPKIT_OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    work = SwapWork({})
    row = Row(1, {"scene": "s.png", "product": "p.png", "engine": "openai"})
    assert work.pool([row]) == "threads"
    assert work.pool([Row(1, {"engine": ""})]) == "processes"
    with pytest.raises(EngineMissing) as caught:
        work.prepare(row, tmp_path)
    assert caught.value.code == "edit_key_missing"
