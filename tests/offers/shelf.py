"""A few SKUs as a plan sees them, and a plan's rows as plan.csv has them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from shopkit.offers.plan import Plan
from shopkit.offers.plan_catalogue import Catalogue, catalogue_of
from shopkit.offers.plan_table import PlanTable
from shopkit.offers.price_points import points_in
from shopkit.runtime.columns import open_columns

NOW = datetime(2026, 11, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
Rows = list[dict[str, str]]


def shelf(
    skus: Rows,
    *,
    rivals: Rows | None = None,
    history: Rows | None = None,
    own: Rows | None = None,
    now: datetime = NOW,
) -> Catalogue:
    db = duckdb.connect()

    def points(rows: Rows | None, name: str) -> str | None:
        if rows is None:
            return None
        read = open_columns("history", pd.DataFrame(rows), db)
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM {points_in(read)}")
        return name

    seen = open_columns("rivals", pd.DataFrame(rivals), db) if rivals else None
    goods = open_columns("catalog", pd.DataFrame(skus), db)
    return catalogue_of(goods, now, seen, points(history, "given"), points(own, "remembered"))


def rows_of(plan: Plan) -> Rows:
    return PlanTable(plan).rows(np.arange(len(plan.catalogue)))[0]
