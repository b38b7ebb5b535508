"""``price plan`` as a whole: plan.csv, held.csv, the page and the digest, in one folder."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path

import numpy as np

from shopkit.errors import InputRefused
from shopkit.messages import reason as words
from shopkit.offers.plan import FAILED, REASONS, Plan
from shopkit.offers.plan_goal import COLUMNS as PROPOSED
from shopkit.offers.plan_page import page
from shopkit.offers.plan_table import COLUMNS, columns_of, digest_of, row_at
from shopkit.runtime.job import Figure, Outcome, Row
from shopkit.runtime.publish import Ended, publishing
from shopkit.runtime.rejects import Reject, render_rejects
from shopkit.runtime.results import BatchResult
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State
from shopkit.runtime.table_write import render, separated
from shopkit.values import money_text

COMMAND = "price plan"
_QUEUED = 5000  # held rows that go to the review queue one by one; held.csv has them all
_WORST = 5


@dataclass(frozen=True)
class Planned:
    """A plan that was written: its result, its summary's figures and its rows."""

    result: BatchResult
    summary: Mapping[str, Figure]
    held: Mapping[str, int]
    worst: Sequence[Mapping[str, str]]


def write_plan(
    plan: Plan,
    rejects: Sequence[Reject],
    out: Path,
    *,
    state: State,
    now: dt.datetime,
    baseline: Baseline | None = None,
    force: bool = False,
    proposals: Sequence[Mapping[str, str]] | None = None,
) -> Planned:
    """Write a plan into ``out``; rows that could not be read are in rejects.csv.

    ``proposals``: what prices for a goal are to bring, a SKU a row.
    """
    columns = columns_of(plan)
    summary, held = summarise(plan)
    with publishing(COMMAND, out, state=state, now=now, baseline=baseline, force=force) as run:
        run.file("plan.csv").write_bytes(separated(columns))
        waiting = _held_rows(plan, columns)
        run.file("held.csv").write_bytes(render(".csv", (*COLUMNS, "detail"), waiting))
        told = {"digest": digest_of(columns), "at": now.isoformat(timespec="seconds"), **summary}
        run.file("plan.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        run.file("plan.html").write_text(page(columns, summary, held), encoding="utf-8")
        if proposals is not None:
            run.file("proposals.csv").write_bytes(render(".csv", PROPOSED, proposals))
        if rejects:
            run.file("rejects.csv").write_bytes(render_rejects(rejects))
        first = np.flatnonzero(plan.reason)[:_QUEUED].tolist()
        ended = [_ended(plan, index, row_at(columns, index)) for index in first]
        result = run.close(ended, results=False)
    return Planned(result, summary, held, _worst(columns))


def summarise(plan: Plan) -> tuple[dict[str, Figure], dict[str, int]]:
    """The figures of one screen: how many change, the change weighed by revenue, held by reason."""
    of, changed = plan.catalogue, plan.changed
    held = Counter(REASONS[code] for code in plan.reason if code)
    now = np.maximum(of.price, 0)
    weight = now * np.where(of.stock > 0, of.stock, 1)
    then = np.where(changed, plan.new, now)
    total = float((weight.sum()) or 1)
    change = float(((then - now) / np.maximum(now, 1) * weight).sum()) / total
    review, failed = int(plan.held.sum()), int(plan.failed.sum())
    return {
        "rows": len(of),
        "changed": int(changed.sum()),
        "unchanged": len(of) - int(changed.sum()) - review - failed,
        "review": review,
        "failed": failed,
        "stock_weighted_change_percent": round(100 * change, 2),
        "to_decide": len(held),
    }, dict(held.most_common())


def detail_of(plan: Plan, index: int) -> str:
    """Why a row is held, in words with the fix."""
    return " ".join(words(REASONS[plan.reason[index]], **values_of(plan, index))).strip()


def values_of(plan: Plan, index: int) -> dict[str, Figure]:
    """What the sentence of a row's reason speaks of."""
    of = plan.catalogue
    rule = plan.rules[plan.rule[index]] if plan.rule[index] >= 0 else None
    other = plan.rules[plan.other[index]] if plan.other[index] >= 0 else None
    dropped = plan.offers[plan.drop[index]] if plan.drop[index] >= 0 else None
    face = int(plan.face[index])
    return {
        "sku": of.sku_id[index],
        "old": money_text(int(of.price[index])),
        "new": money_text(int(plan.new[index])),
        "final": money_text(int(plan.final[index])),
        "floor": money_text(int(plan.floor[index])),
        "rule": rule.id if rule else "",
        "other": other.id if other else "",
        "cap": f"{rule.cap / 10_000:g}" if rule else "",
        "offer": (dropped.name or dropped.id) if dropped else "-",
        "face": money_text(face) if face > 0 else "-",
    }


def check_plan_columns(header: Sequence[str], file: Path) -> None:
    """Raise InputRefused where a file is no plan.csv."""
    lacking = [name for name in COLUMNS if name not in header]
    if lacking:
        raise InputRefused("table_column_missing", file=file.name, columns=", ".join(lacking))


def _held_rows(plan: Plan, columns: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Only what a person must read, one cause after the other."""
    places = [int(index) for index in np.flatnonzero(plan.reason)]
    places.sort(key=lambda index: (int(plan.reason[index]), index))
    return [{**row_at(columns, index), "detail": detail_of(plan, index)} for index in places]


def _ended(plan: Plan, index: int, row: Mapping[str, str]) -> Ended:
    status = "failed" if plan.reason[index] in FAILED else "review"
    outcome = Outcome(status, row["reason"], values_of(plan, index))  # type: ignore[arg-type]
    return Ended(Row(index + 1, dict(row), "plan.csv", index + 2), row["sku_id"], outcome)


def _worst(columns: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """The rows with the smallest margins."""
    margins = columns["margin_percent"]
    known = (index for index, margin in enumerate(margins) if margin)
    return [
        row_at(columns, index)
        for index in nsmallest(_WORST, known, key=lambda index: float(margins[index]))
    ]
