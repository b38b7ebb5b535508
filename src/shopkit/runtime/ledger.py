"""The ledger of minutes: the machine's, those a person would have taken, those of review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State


@dataclass(frozen=True, slots=True)
class Minutes:
    """One command's sum. Human minutes are baseline times items, counted once for every job.

    ``measured_by`` names who measured the baseline; empty: it is assumed, or there is none.
    """

    command: str
    items: int
    machine: float
    human: float
    review: float
    measured_by: str

    @property
    def saved(self) -> float:
        """Human minutes not spent: the baseline less the time a person took to review."""
        return self.human - self.review


def add_work(
    state: State,
    command: str,
    items: int,
    seconds: float,
    *,
    now: datetime,
    baseline: Baseline | None = None,
    run: str = "",
) -> None:
    """Write down that ``command`` took ``seconds`` for ``items`` jobs it had never done before."""
    _add(state, command, "work", items, seconds, baseline, now, run)


def add_review(
    state: State, command: str, items: int, *, now: datetime, baseline: Baseline | None = None
) -> None:
    """Write down that a person decided on ``items`` entries, each taking the baseline's minutes."""
    _add(state, command, "review", items, 0.0, baseline, now, "")


def minutes(state: State, since: datetime | None = None) -> list[Minutes]:
    """The ledger by command, for ``report savings``.

    Where a baseline changed, each item counts with the one of its day; the last one's name shows.
    """
    found = state.read(
        "SELECT command,"
        " SUM(CASE kind WHEN 'work' THEN items ELSE 0 END), SUM(seconds) / 60,"
        " SUM(CASE kind WHEN 'work' THEN items * baseline_minutes ELSE 0 END),"
        " SUM(CASE kind WHEN 'review' THEN items * baseline_minutes ELSE 0 END),"
        " (SELECT measured_by FROM ledger AS last WHERE last.command = ledger.command"
        "  AND kind = 'work' ORDER BY id DESC LIMIT 1)"
        " FROM ledger WHERE at >= ? GROUP BY command ORDER BY command",
        (since.isoformat(timespec="seconds") if since else "",),
    )
    return [Minutes(*row) for row in found]


def _add(
    state: State,
    command: str,
    kind: str,
    items: int,
    seconds: float,
    baseline: Baseline | None,
    now: datetime,
    run: str,
) -> None:
    each, by = (baseline.minutes, baseline.measured_by) if baseline else (0.0, "")
    state.write(
        "INSERT INTO ledger (at, command, kind, items, seconds, baseline_minutes, measured_by, run)"
        " VALUES (?,?,?,?,?,?,?,?)",
        (now.isoformat(timespec="seconds"), command, kind, items, round(seconds, 3), each, by, run),
    )
