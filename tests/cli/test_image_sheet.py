"""``shopkit image sheet``: a run in, one page out."""

from pathlib import Path

import pytest

from shopkit.cli.options import RunOptions
from shopkit.cli.run import run_and_report
from shopkit.runtime.job import Row
from tests.cli.labels import LabelWork


@pytest.fixture
def run(shop, capsys) -> Path:
    rows = [Row(number, {"word": word}) for number, word in enumerate(["red", "odd", "bad"], 1)]
    run_and_report(LabelWork(), rows, RunOptions(out=Path("out"), jobs=1))
    capsys.readouterr()
    return shop / "out"


def test_the_path_of_the_page_is_printed(shopkit, run):
    ended = shopkit("image", "sheet", "out")
    assert (ended.code, ended.out) == (0, f"{run / 'sheet.html'}\n")
    assert "odd holds 2 pictures" in (run / "sheet.html").read_text(encoding="utf-8")


def test_where_the_page_goes_and_the_envelope(shopkit, run, shop):
    ended = shopkit("image", "sheet", "out", "-o", "friday.html", "--json")
    page = str(shop / "friday.html")
    assert ended.envelope["summary"] == {"page": page, "rows": 3, "pictures": 0}


def test_a_folder_without_a_run_is_3(shopkit, shop):
    (shop / "empty").mkdir()
    ended = shopkit("image", "sheet", "empty", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (3, "sheet_no_results")
