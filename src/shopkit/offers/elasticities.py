"""The table that ``price fit`` writes and ``price plan`` reads: a SKU a row, fit or reason."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from shopkit.errors import InputRefused
from shopkit.messages import reason as words_of
from shopkit.offers.demand import REACH, Demand
from shopkit.offers.fit import Fit
from shopkit.runtime.job import Figure, Row
from shopkit.runtime.table import read_table
from shopkit.values import money_text, read_money

COLUMNS = (
    "sku_id",
    "category",
    "status",
    "reason",
    "detail",
    "elasticity",
    "low",
    "high",
    "category_elasticity",
    "own_share",
    "at_price",
    "units_per_day",
    "units_error",
    "days",
    "prices",
    "units",
)
"""``low`` to ``high`` holds the elasticity with a chance of 90 %; ``own_share`` is the part of it
that the SKU's own sales say; ``units_error`` the relative error of ``units_per_day``."""

_FIGURES = ("elasticity", "low", "high", "units_per_day", "units_error")


def table_rows(fit: Fit) -> Iterator[dict[str, Figure]]:
    """The rows of elasticities.csv, by SKU."""
    demand = fit.demand
    reach = REACH * demand.elasticity_error
    for row in sorted(range(len(demand.skus)), key=lambda place: demand.skus[place]):
        sku, reason = demand.skus[row], demand.reason[row]
        elasticity = float(demand.elasticity[row])
        yield {
            "sku_id": sku,
            "category": fit.category[row],
            "status": "review" if reason else "ok",
            "reason": reason,
            "detail": " ".join(words_of(reason, sku=sku)).strip() if reason else "",
            "elasticity": _short(elasticity),
            "low": _short(elasticity - float(reach[row])),
            "high": _short(elasticity + float(reach[row])),
            "category_elasticity": _short(float(fit.category_elasticity[row])),
            "own_share": None if reason else round(float(fit.own_share[row]), 3),
            "at_price": None if reason else money_text(int(demand.at[row])),
            "units_per_day": _significant(float(demand.units[row])),
            "units_error": _short(float(demand.units_error[row])),
            "days": int(fit.days[row]),
            "prices": int(fit.prices[row]),
            "units": round(float(fit.units[row])),
        }


def read_elasticities(source: Path | str, *, encoding: str | None = None) -> Demand:
    """Read such a table back, also one that a person has edited.

    Raises InputRefused for a row whose figures cannot be read, naming line and column.
    """
    table = read_table(
        source,
        encoding=encoding,
        aliases={name: name for name in COLUMNS} | {"sku": "sku_id"},
        required=("sku_id", "elasticity", "low", "high", "at_price", "units_per_day"),
    )
    rows = [_sound(row) for row in table.rows]
    figures = [_figures(row) for row in rows]
    spans = [one["high"] - one["low"] for one in figures]
    return Demand(
        skus=tuple(row.cells["sku_id"] for row in rows),
        at=np.array([_at_price(row) for row in rows], np.int64),
        units=np.array([one["units_per_day"] for one in figures], np.float64),
        units_error=np.array([one["units_error"] for one in figures], np.float64),
        elasticity=np.array([one["elasticity"] for one in figures], np.float64),
        elasticity_error=np.array(spans, np.float64) / (2 * REACH),
        reason=tuple(_reason(row) for row in rows),
    )


def _short(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _significant(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _sound(row: Row) -> Row:
    if row.fault is not None:
        raise row.fault
    return row


def _reason(row: Row) -> str:
    told = row.cells.get("reason", "")
    return told if told or row.cells["elasticity"] else "no_usable_sales"


def _figures(row: Row) -> dict[str, float]:
    """The figures of a row: all NaN where there is no estimate."""
    if _reason(row):
        return dict.fromkeys(_FIGURES, math.nan)
    return {name: _number(row, name) for name in _FIGURES}


def _number(row: Row, name: str) -> float:
    cell = row.cells.get(name, "")
    try:
        value = float(cell or "0") if name == "units_error" else float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputRefused(
            "number_unreadable", file=row.source, line=row.line, column=name, value=cell
        )
    return value


def _at_price(row: Row) -> int:
    if _reason(row):
        return 1
    cell = row.cells["at_price"]
    try:
        price = read_money(cell)
    except ValueError:
        price = 0
    if price <= 0:
        place = {"file": row.source, "line": row.line, "column": "at_price", "value": cell}
        raise InputRefused("money_unreadable", **place)
    return price
