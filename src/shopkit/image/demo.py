"""A shop to look at, offline: the example jobs done for real, and the page of what came out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from shopkit.image.sheet import make_sheet
from shopkit.runtime.batch import run_batch
from shopkit.runtime.examples import lay_out
from shopkit.runtime.job import Row, Work
from shopkit.runtime.review import entries
from shopkit.runtime.settings import load_settings
from shopkit.runtime.shop import make_shop
from shopkit.runtime.state import State
from shopkit.runtime.table import read_table

_JOBS = "jobs.csv"
_PICTURES = ("scene", "product", "old")  # columns of the jobs that name a picture


def run_demo(out: Path, work: Work, *, now: datetime | None = None) -> Path:
    """Make ``out`` a shop, run ``work`` on the example jobs in it, return the page to look at.

    The shop is whole: its review queue and its settings are its own, and a second run finds
    everything done. Raises InputRefused where ``out`` cannot be written.
    """
    shop = make_shop(out).folder.resolve()
    lay_out(shop, (_JOBS, "pictures"))
    settings = load_settings(start=shop, environment={})
    rows = [_placed(row, shop) for row in read_table(shop / _JOBS).rows]
    with State(settings.state_path) as state:
        run_batch(work, rows, shop / "out", state=state, now=now)
        return make_sheet(shop / "out", shop / "sheet.html", entries(state, every=True)).path


def _placed(row: Row, shop: Path) -> Row:
    """The row with its pictures as paths from anywhere."""
    cells: Mapping[str, str] = {
        name: str(shop / cell) if name in _PICTURES and cell else cell
        for name, cell in row.cells.items()
    }
    return Row(row.number, cells, row.source, row.line, row.fault)
