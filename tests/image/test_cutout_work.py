"""Cut-outs as rows: what a row may say, what is written, what stands in the results."""

from pathlib import Path

import numpy as np
import pytest

from shopkit.errors import EngineMissing, InputRefused, UsageFault
from shopkit.image.cutout_work import EVIDENCE, CutoutWork
from shopkit.image.provenance import made_by, read_marks, xmp_packet
from shopkit.image.read import read_picture
from shopkit.image.write import write_picture
from shopkit.runtime.job import Row
from tests.image.model import needs_model, no_models  # noqa: F401  a fixture
from tests.image.shots import block, mug, shot
from tests.image.studio import photo, save


@pytest.fixture
def own(tmp_path):
    """A product photo that is transparent already."""
    product = photo()
    return save(tmp_path, "红鞋.png", product.colour, product.alpha)


def row(**cells):
    return Row(1, {name: str(value) for name, value in cells.items()})


def done(work, cells, out):
    """Prepare a row and do it; the job, the outcome and the written picture."""
    job = work.prepare(row(**cells), out)
    scratch = {kind: out / f"scratch{path.suffix}" for kind, path in job.outputs.items()}
    out.mkdir(exist_ok=True)
    outcome = work.run(job, scratch)
    for kind, path in scratch.items():
        work.verify(kind, path)
    return job, outcome, read_picture(scratch["out"])


def test_a_transparent_photo_comes_out_as_it_went_in(own, tmp_path):
    job, outcome, picture = done(CutoutWork({}), {"product": own}, tmp_path / "out")
    assert job.outputs == {"out": tmp_path / "out/红鞋.png"}
    assert (outcome.status, outcome.made) == ("ok", ("out",))
    assert np.array_equal(picture.alpha, read_picture(own).alpha)
    assert tuple(outcome.evidence) == EVIDENCE == CutoutWork.evidence
    assert outcome.evidence["engine"] == "alpha"
    assert (outcome.evidence["width"], outcome.evidence["height"]) == (160, 120)


def test_a_row_over_the_command_line(own, tmp_path):
    work = CutoutWork({"background": "white", "size": "90", "margin": "10%"})
    cells = {"product": own, "size": "60x80", "out": "a/main.jpg"}
    job, outcome, picture = done(work, cells, tmp_path / "out")
    assert job.outputs["out"] == tmp_path / "out/a/main.jpg"
    assert (picture.size, picture.alpha) == ((60, 80), None)
    assert picture.rgb[0, 0].min() >= 254
    assert outcome.evidence["scale"] == pytest.approx(
        48 / 123, abs=0.01
    )  # the photo's soft edge counts


def test_a_jpeg_gets_white_by_itself(own, tmp_path):
    _, _, picture = done(CutoutWork({}), {"product": own, "out": "a.jpg"}, tmp_path / "out")
    assert picture.rgb[0, 0].min() >= 254


def test_enlarging_is_told(own, tmp_path):
    _, outcome, _ = done(CutoutWork({}), {"product": own, "size": "800"}, tmp_path / "out")
    assert outcome.warnings == ("enlarged",)


def test_holes_are_counted(tmp_path, no_models):  # noqa: F811
    made = [save(tmp_path, f"{n}.png", shot(a).rgb, a) for n, a in (("m", mug()), ("b", block()))]
    found = [done(CutoutWork({}), {"product": p}, tmp_path / "out")[1] for p in made]
    assert [one.evidence["holes"] for one in found] == [1, 0]


def test_dpi_and_marks_of_ai_origin_go_along(tmp_path):
    product = photo()
    packet = xmp_packet(made_by("a model", "1"))
    write_picture(tmp_path / "a.png", product.colour, product.alpha, dpi=(300, 300), xmp=packet)
    job, _, picture = done(CutoutWork({}), {"product": tmp_path / "a.png"}, tmp_path / "out")
    assert picture.dpi == pytest.approx((300, 300), abs=0.01)
    assert read_marks(tmp_path / "out/scratch.png").generated
    assert job.inputs == (tmp_path / "a.png",)


def test_what_was_found_without_a_model_says_so(tmp_path, no_models):  # noqa: F811
    plain = save(tmp_path, "plain.png", shot(block()).rgb)
    job, outcome, _ = done(CutoutWork({}), {"product": plain}, tmp_path / "out")
    assert job.params["model"] == ""
    assert outcome.evidence["engine"] == "local"
    assert outcome.status == "ok"
    assert 0.9 < outcome.evidence["agreement"] <= 1
    assert 1 <= outcome.evidence["edge_width"] <= 6


@needs_model
def test_the_model_counts_as_a_parameter_and_stands_in_the_results(tmp_path):
    plain = save(tmp_path, "plain.png", shot(block()).rgb)
    job, outcome, _ = done(CutoutWork({}), {"product": plain}, tmp_path / "out")
    assert job.params == {"engine": "auto", "model": "u2netp"}
    told = [outcome.evidence[name] for name in ("engine", "model", "licence")]
    assert told == ["rembg", "u2netp", "Apache-2.0"]


@needs_model
def test_a_model_file_is_an_input(tmp_path, own):
    from shopkit.engines.weights import find_model

    work = CutoutWork({"model_path": str(find_model("u2netp"))})
    assert work.prepare(row(product=own), tmp_path).inputs == (own, find_model("u2netp"))


def test_review_says_why(tmp_path, no_models):  # noqa: F811
    plain = save(tmp_path, "mug.png", shot(mug()).rgb)
    _, outcome, _ = done(CutoutWork({}), {"product": plain}, tmp_path / "out")
    assert (outcome.status, outcome.reason) == ("review", "cutout_hole_unsure")
    assert outcome.values["path"] == "mug.png"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"product": " "}, "cell_empty"),
        ({"product": "a.png", "margin": "60%"}, "cell_not_numbers"),
        ({"product": "a.png", "background": "mauve"}, "cell_unknown"),
        ({"product": "a.png", "engine": "magic"}, "cell_unknown"),
        ({"product": "a.png", "out": "../a.png"}, "output_unsafe"),
    ],
)
def test_a_wrong_cell_fails_its_row(tmp_path, cells, code):
    with pytest.raises(InputRefused) as caught:
        CutoutWork({}).prepare(row(**cells), tmp_path)
    assert caught.value.code == code


def test_what_holds_for_every_row_is_checked_first(tmp_path, no_models):  # noqa: F811
    with pytest.raises(UsageFault):
        CutoutWork({"size": "0"}).check()
    with pytest.raises(EngineMissing):
        CutoutWork({"engine": "rembg"}).check()
    with pytest.raises(UsageFault):
        CutoutWork({}).prepare(row(product="a.png", out="a.bmp"), tmp_path)
    CutoutWork({}).check()


def test_a_picture_beside_the_table_is_found(own, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    work = CutoutWork({}, table=tmp_path / "jobs.csv")
    assert work.prepare(row(product="红鞋.png"), Path("out")).inputs == (own,)
