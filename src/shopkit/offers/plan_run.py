"""``price plan`` as a whole: plan.csv, held.csv, the page and the digest, in one folder."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from shopkit.errors import InputRefused
from shopkit.offers.arrays import smallest
from shopkit.offers.plan import REASONS, Plan
from shopkit.offers.plan_page import first_places, page
from shopkit.offers.plan_table import COLUMNS, VALUES, PlanTable
from shopkit.runtime.job import Figure, Outcome, Row
from shopkit.runtime.publish import Ended, publishing
from shopkit.runtime.rejects import Reject, render_rejects
from shopkit.runtime.results import BatchResult
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State
from shopkit.runtime.table_write import render

COMMAND = "price plan"
_QUEUED = 500  # held rows that go to the review queue one by one; held.csv has them all
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
    table, rejects = PlanTable(plan), plan.catalogue.table.read_rejects()
    summary, held = summarise(plan)
    with (
        publishing(COMMAND, out, state=state, now=now, baseline=baseline, force=force) as run,
        ThreadPoolExecutor(1) as beside,
    ):
        written = beside.submit(table.beside().write, run.file("plan.csv"))
        table.write_held(run.file("held.csv"))
        queued, worst = np.flatnonzero(plan.reason)[:_QUEUED], smallest(plan.margin, _WORST)
        first, waiting, least = table.rows(first_places(plan), queued, worst)
        told = {"digest": table.digest(), "at": now.isoformat(timespec="seconds"), **summary}
        run.file("plan.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        run.file("plan.html").write_text(page(first, summary, held), encoding="utf-8")
        if proposals is not None:
            from shopkit.offers.plan_goal import COLUMNS as PROPOSED

            run.file("proposals.csv").write_bytes(render(".csv", PROPOSED, proposals))
        if rejects:
            run.file("rejects.csv").write_bytes(render_rejects(rejects))
        written.result()
        source = plan.catalogue.table.source
        ended = [*(_held(row, source) for row in waiting), *_unread(rejects)]
        result = run.close(ended, results=False)
    return Planned(result, summary, held, least)


def summarise(plan: Plan) -> tuple[dict[str, Figure], dict[str, int]]:
    """The figures of one screen: how many change, the change weighed by revenue, held by reason.

    The revenue is what sold in the last 30 days; where no SKU tells that, the change is not known.
    """
    of, changed = plan.catalogue, plan.changed
    held = Counter({REASONS[code]: int(n) for code, n in enumerate(np.bincount(plan.reason)) if n})
    del held[""]
    review, failed = int(plan.held.sum()), int(plan.failed.sum())
    unread = of.table.rejected
    return {
        "rows": len(of) + unread,
        "changed": int(changed.sum()),
        "unchanged": len(of) - int(changed.sum()) - review - failed,
        "review": review,
        "failed": failed + unread,
        "unread": unread,
        "revenue_weighted_change_percent": _weighted_change(plan),
        "to_decide": len(held),
    }, dict(held.most_common())


def check_plan_columns(header: Sequence[str], file: Path) -> None:
    """Raise InputRefused where a file is no plan.csv."""
    lacking = [name for name in COLUMNS if name not in header]
    if lacking:
        raise InputRefused("table_column_missing", file=file.name, columns=", ".join(lacking))


def _weighted_change(plan: Plan) -> float | None:
    of = plan.catalogue
    sold = (of.sold > 0) & (of.price > 0)
    revenue = of.price[sold] * of.sold[sold]
    if not revenue.sum():
        return None
    then = np.where(plan.changed, plan.new, of.price)[sold] * of.sold[sold]
    return round(100 * float(then.sum() - revenue.sum()) / float(revenue.sum()), 2)


def _held(row: Mapping[str, str], source: str) -> Ended:
    values: dict[str, Figure] = {name: row[f"told_{name}"] for name in VALUES}
    # A decision is on these figures: with others the question is a new one.
    values["sha256"] = sha256("\n".join(map(str, values.values())).encode()).hexdigest()
    outcome = Outcome(row["status"], row["reason"], values)  # type: ignore[arg-type]
    line = int(row["_line"])
    cells = {name: row[name] for name in COLUMNS}
    return Ended(Row(line, cells, source, line), row["sku_id"], outcome)


def _unread(rejects: Sequence[Reject]) -> Iterator[Ended]:
    """One failed result for every row that could not be read, with the first thing wrong."""
    first = {reject.line: reject for reject in reversed(rejects)}
    for line, reject in sorted(first.items())[:_QUEUED]:
        told: dict[str, Figure] = {name: str(v) for name, v in reject.error.values.items()}
        row = Row(line, {}, reject.file, line)
        yield Ended(row, f"line {line}", Outcome("failed", reject.rule, told))
