"""A plan as a table: the columns of plan.csv and held.csv as queries, and the digest to sign.

Figures come from the plan's arrays, words from the catalogue's table beside them: a million rows
never become Python rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.catalogue import Amounts
from shopkit.offers.plan import FAILED, FLOOR_RULES, REASONS, Plan
from shopkit.runtime.columns import lent
from shopkit.runtime.columns_write import chosen, sentence, write_csv

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "sku_id",
    "item_id",
    "sku_code",
    "title",
    "old",
    "new",
    "final",
    "floor",
    "floor_rule",
    "margin_percent",
    "change_percent",
    "reason",
    "rule_id",
    "effective_from",
    "effective_to",
    "change",
    "status",
)
"""Of plan.csv, in order. Money in yuan with two decimals, shares in percent."""

VALUES = ("sku", "old", "new", "final", "floor", "rule", "other", "cap", "offer", "face")
"""What the sentences of the reasons speak of."""

SIGNED = ("sku_id", "old", "new", "rule_id", "effective_from", "effective_to")
"""The columns that count for the digest, of the rows that go out: what would be done."""

_TOLD = tuple(f"told_{name}" for name in VALUES)
_WORDS = ("sku_id", "item_id", "sku_code", "title", "rule_id")  # not ours


class PlanTable:
    """A plan in its catalogue's database."""

    def __init__(self, plan: Plan) -> None:
        of = plan.catalogue
        self._db = of.table.db
        self._causes = (np.flatnonzero(np.bincount(plan.reason)[1:]) + 1).tolist()
        self._figures: dict[str, NDArray[Any]] = {
            "line": of.line,
            "old_price": of.price,
            "new_price": plan.new,
            "final_price": plan.final,
            "floor_price": plan.floor,
            "floor_at": plan.floor_rule,
            "margin": plan.margin,
            "moved_by": plan.change,
            "why": plan.reason,
            "rule_at": plan.rule,
            "other_at": plan.other,
            "dropped": plan.drop,
            "face_fits": plan.face,
        }
        self._db.register("plan_figures", self._figures)
        self._goods = f"(SELECT _line, sku_id, item_id, sku_code, title FROM {of.table.table})"  # noqa: S608
        self._columns = _columns(plan)
        self._check_rows()

    def beside(self) -> PlanTable:
        """The same table by another connection, for what works at the same time."""
        other = copy(self)
        other._db = self._db.cursor()
        other._db.register("plan_figures", self._figures)
        return other

    def write(self, path: Path) -> None:
        """Write plan.csv: every SKU, in the catalogue's order."""
        write_csv(self._db, self._some(COLUMNS, "true"), COLUMNS, path, texts=_WORDS)

    def write_held(self, path: Path) -> None:
        """Write held.csv: only what a person must read, one cause after the other, in words."""
        whens = " ".join(f"WHEN {code} THEN {_sentence(code)}" for code in self._causes)
        detail = f"CASE why {whens} END" if whens else "''"
        held = self._some([*COLUMNS, *_TOLD, "why"], "why > 0", "why, _line")
        query = f"SELECT *, {detail} AS detail FROM ({held})"  # noqa: S608  our own words
        write_csv(self._db, query, (*COLUMNS, "detail"), path, texts=(*_WORDS, "detail"))

    def digest(self) -> str:
        """What a person signs, of what stands here."""
        line = f"concat_ws(chr(31), {', '.join(_text(name) for name in SIGNED)})"
        out = self._some(SIGNED, "why = 0 AND new_price <> old_price")
        lines = f"SELECT {line} AS line FROM ({out})"  # noqa: S608  our own words
        query = f"SELECT array_to_string(list_sort(list(line)), chr(30)) FROM ({lines})"  # noqa: S608
        ((signed,),) = self._db.execute(query).fetchall()
        return hashlib.sha256((signed or "").encode()).hexdigest()

    def rows(self, *lists: Amounts) -> list[list[dict[str, str]]]:
        """Lists of the rows at these places of the catalogue, with VALUES beside their columns."""
        places = np.concatenate(lists)
        picked = {name: figure[places] for name, figure in self._figures.items()}
        picked["nth"] = np.arange(len(places))
        names = [*COLUMNS, *_TOLD, "_line"]
        told = ", ".join(f"{_text(name)} AS {name}" for name in names)
        with lent(self._db, "plan_picked", picked):
            rows = f"SELECT * FROM {self._goods} JOIN plan_picked ON line = _line ORDER BY nth"  # noqa: S608
            query = f"SELECT {told} FROM ({self._spelt(names, f'({rows})')})"  # noqa: S608  our own words
            found = self._db.execute(query).fetchall()
        rows_told = (dict(zip(names, row, strict=True)) for row in found)
        return [list(islice(rows_told, len(one))) for one in lists]

    def to_pandas(self) -> pd.DataFrame:
        """The plan as a DataFrame: money and shares as Decimal, None where nothing is told."""
        import pandas as pd

        found = self._db.execute(self._some(COLUMNS, "true")).fetchall()
        return pd.DataFrame(found, columns=COLUMNS)

    def _check_rows(self) -> None:
        """A price beside another SKU's name would be worse than no plan: every row must match."""
        both = f"{self._goods} POSITIONAL JOIN plan_figures"
        query = f"SELECT count(*) FROM {both} WHERE _line IS DISTINCT FROM line"  # noqa: S608
        ((astray,),) = self._db.execute(query).fetchall()
        if astray:
            raise AssertionError(f"{astray} rows of the catalogue are not where their prices are")

    def _some(self, names: Sequence[str], where: str, order: str = "") -> str:
        """Query: these columns of the rows whose figures are so, spelt out."""
        rows = f"SELECT * FROM {self._goods} POSITIONAL JOIN plan_figures WHERE {where}"  # noqa: S608
        return self._spelt(names, f"({rows}{' ORDER BY ' + order if order else ''})")

    def _spelt(self, names: Sequence[str], source: str) -> str:
        """Query: these columns of rows that have a SKU's words and its figures."""
        told = ", ".join(f"{self._columns[name]} AS {name}" for name in names)
        return f"SELECT {told} FROM {source}"  # noqa: S608  our own words


def digest(rows: Iterable[Mapping[str, str]]) -> str:
    """What a person signs: a SHA-256 of what would be done, whatever the order of the rows."""
    out = (row for row in rows if row["change"] == "changed" and row["status"] == "ok")
    signed = hashlib.sha256()
    lines = sorted("\x1f".join(row.get(name) or "" for name in SIGNED) for row in out)
    for number, line in enumerate(lines):
        signed.update(("\x1e" * (number > 0) + line).encode(errors="surrogatepass"))
    return signed.hexdigest()


def _columns(plan: Plan) -> dict[str, str]:
    """SQL of the columns, spelt as plan.csv has them, and beside them what the reasons speak of."""
    rules, offers = plan.rules, plan.offers
    rule = chosen("rule_at", [one.id for one in rules])
    moved = "new_price <> old_price"
    failed = ", ".join(str(code) for code in sorted(FAILED))
    return {
        "sku_id": "sku_id",
        "item_id": "item_id",
        "sku_code": "sku_code",
        "title": "title",
        "old": _money("old_price"),
        "new": _money("new_price"),
        "final": _money("final_price"),
        "floor": f"CASE WHEN floor_price > 0 THEN {_money('floor_price')} END",
        "floor_rule": chosen("floor_at", FLOOR_RULES),
        "margin_percent": _share("margin"),
        "change_percent": _share("moved_by"),
        "reason": chosen("why", REASONS),
        "rule_id": rule,
        "effective_from": _when(moved, [one.starts for one in rules]),
        "effective_to": _when(moved, [one.ends for one in rules]),
        "change": f"CASE WHEN {moved} AND why = 0 THEN 'changed' ELSE 'unchanged' END",
        "status": f"CASE WHEN why = 0 THEN 'ok' WHEN why IN ({failed}) THEN 'failed' "
        "ELSE 'review' END",
        "told_sku": "sku_id",
        "told_old": _money("old_price"),
        "told_new": _money("new_price"),
        "told_final": _money("final_price"),
        "told_floor": _money("floor_price"),
        "told_rule": rule,
        "told_other": chosen("other_at", [one.id for one in rules]),
        "told_cap": _caps(plan),
        "told_offer": f"coalesce({chosen('dropped', [one.name or one.id for one in offers])}, '-')",
        "told_face": f"CASE WHEN face_fits > 0 THEN {_text(_money('face_fits'))} ELSE '-' END",
        "_line": "_line",
        "why": "why",
    }


def _caps(plan: Plan) -> str:
    """The cap that a row's reason speaks of, in percent."""
    day = REASONS.index("change_over_day_cap")
    once = chosen("rule_at", [f"{one.cap / 10_000:g}" for one in plan.rules])
    daily = chosen("rule_at", [f"{one.day_cap / 10_000:g}" for one in plan.rules])
    return f"CASE WHEN why = {day} THEN {daily} ELSE {once} END"


def _sentence(code: int) -> str:
    return sentence(REASONS[code], {name: _text(f"told_{name}") for name in VALUES})


def _text(name: str) -> str:
    return f"coalesce(CAST({name} AS VARCHAR), '')"


def _money(minor: str) -> str:
    """Minor units as an amount with two decimals; NULL below zero, which stands for nothing."""
    exact = f"TRY_CAST({minor} AS DECIMAL(16,0)) * CAST(0.01 AS DECIMAL(2,2))"
    return f"CASE WHEN {minor} >= 0 THEN {exact} END"


def _share(percent: str) -> str:
    return f"CASE WHEN NOT isnan({percent}) THEN TRY_CAST({percent} AS DECIMAL(18,1)) END"


def _when(moved: str, moments: Sequence[dt.datetime | None]) -> str:
    told = [one.isoformat(timespec="minutes") if one else "" for one in moments]
    if not any(told):
        return "CAST(NULL AS VARCHAR)"
    return f"CASE WHEN {moved} THEN {chosen('rule_at', told)} END"
