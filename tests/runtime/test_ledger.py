"""Minutes saved: 240 by hand against 20 with review is 91.7 %, and each job counts once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shopkit.runtime.batch import run_batch
from shopkit.runtime.ledger import Minutes, add_review, add_work, minutes
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, picture, rows

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_what_was_saved(tmp_path: Path) -> None:
    with State(tmp_path / "state.db") as state:
        add_work(state, "image swap", 48, 90.0, now=NOON, baseline=Baseline(5, "Li"))
        add_review(state, "image swap", 20, now=NOON, baseline=Baseline(1))
        add_work(state, "image cutout", 3, 6.0, now=NOON)
        assert minutes(state) == [
            Minutes("image cutout", 3, machine=0.1, human=0, review=0, measured_by=""),
            Minutes("image swap", 48, machine=1.5, human=240, review=20, measured_by="Li"),
        ]
        swap = minutes(state)[1]
        assert swap.saved / swap.human == pytest.approx(0.917, abs=0.0005)
        assert minutes(state, since=NOON + timedelta(days=1)) == []


def test_a_job_counts_once_however_often_it_is_run(tmp_path: Path) -> None:
    scene = str(picture(tmp_path / "a.png"))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    cells = [{"id": "a", "scene": scene}, {"scene": str(tmp_path / "broken.png")}]
    with State(tmp_path / "state.db") as state:
        for force in (False, False, True):
            work = Paint(tmp_path / "log.txt")
            options = {"baseline": Baseline(5), "now": NOON, "force": force}
            run_batch(work, rows(cells), tmp_path / "out", state=state, **options)
        (ledger,) = minutes(state)
    assert (ledger.command, ledger.items, ledger.human) == ("test paint", 1, 5)
    assert ledger.machine > 0
