"""A plan on its way: signed, exported to a platform, taken back; and what is online."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopkit.errors import InputRefused, UsageFault
from shopkit.offers.signed_plan import PlanRow, SignedPlan
from shopkit.offers.unread import unread as unread_row
from shopkit.runtime.again import Again
from shopkit.runtime.columns_rows import given_rows
from shopkit.runtime.job import Figure, Outcome, Row
from shopkit.runtime.profiles import Profile
from shopkit.runtime.publish import Ended, publishing
from shopkit.runtime.rejects import render_rejects
from shopkit.runtime.results import BatchResult
from shopkit.runtime.state import State
from shopkit.runtime.table_write import write_csv
from shopkit.values import money_text, read_money

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

PLACEMENT = "prices"
"""The section of a profile that says how prices go up: [prices.columns]."""

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Approval:
    """Who signed a plan, and when."""

    person: str
    at: str


FIELDS: dict[str, Callable[[PlanRow, int], str]] = {
    "sku_id": lambda row, _: row["sku_id"],
    "item_id": lambda row, _: row["item_id"],
    "sku_code": lambda row, _: row["sku_code"],
    "title": lambda row, _: row["title"],
    "price": lambda _, price: money_text(price),
    "price_fen": lambda _, price: str(price),
    "old": lambda row, _: row["old"],
    "from": lambda row, _: row["effective_from"],
    "to": lambda row, _: row["effective_to"],
}
"""Field -> its text for a row of a plan and the price to set (minor units)."""


def approve(plan: SignedPlan, state: State, *, person: str, note: str, now: dt.datetime) -> int:
    """Sign a plan as it is; returns how many rows it changes."""
    place = state.name(plan.file.resolve())
    count = len(plan.changed)
    state.write(
        "INSERT OR REPLACE INTO approvals VALUES (?,?,?,?,?,?)",
        (plan.digest, place, person, now.isoformat(timespec="seconds"), count, note),
    )
    return count


def approval_of(plan: SignedPlan, state: State) -> Approval | None:
    """The signature under exactly this plan; None where there is none (or it was edited since)."""
    found = state.read("SELECT person, at FROM approvals WHERE digest = ?", (plan.digest,))
    return Approval(*found[0]) if found else None


def export(
    plan: SignedPlan,
    profile: Profile,
    out: Path,
    *,
    state: State,
    now: dt.datetime,
    force: bool = False,
) -> BatchResult:
    """Write the upload file of a signed plan: changed rows only, ids as text.

    The prices are remembered in the price history, from when they hold. Raises InputRefused
    ``plan_not_approved`` for a plan that nobody has signed as it is.
    """
    if approval_of(plan, state) is None:
        raise InputRefused("plan_not_approved", path=plan.file)
    sent = Again(len(plan.changed), lambda: _sent(plan))
    with publishing("price export", out, state=state, now=now, force=force) as run:
        prices = ((row, read_money(row["new"])) for row in plan.changed)
        write_upload(run.file(_upload_name(profile)), prices, profile)
        return run.close(sent, record=lambda: _remember(state, plan.changed, now))


def rollback(
    plan: SignedPlan,
    current: Columns,
    profile: Profile,
    out: Path,
    *,
    state: State,
    now: dt.datetime,
    force: bool = False,
) -> BatchResult:
    """Write the file that takes a plan back: every row whose price is still the plan's.

    ``current``: an export of what is online now, read with ``keep_rows``. A row that was changed
    since, or that is not online any more, is held and left alone. Rows of ``current`` that cannot
    be read fail.
    """
    online = prices_of(current)
    unread = [one for one in given_rows(current) if one.reject is not None]

    def judged() -> Iterator[tuple[PlanRow, Outcome]]:
        for row in plan.changed:
            code = row["sku_code"]
            yield row, _back(row, online.get(row["sku_id"], online.get(code) if code else None))

    def ended() -> Iterator[Ended]:
        for number, (row, outcome) in enumerate(judged(), start=1):
            yield Ended(Row(number, row, plan.file.name), row["sku_id"], outcome)
        yield from (unread_row(one.row, one.reject) for one in unread if one.reject)

    with publishing("price rollback", out, state=state, now=now, force=force) as run:
        back = ((row, read_money(row["old"])) for row, told in judged() if told.status == "ok")
        write_upload(run.file(_upload_name(profile)), back, profile)
        if unread:
            run.file("rejects.csv").write_bytes(render_rejects(current.read_rejects()))
        rows = Again(len(plan.changed) + len(unread), ended)
        return run.close(rows, evidence=("old", "new", "online"))


def write_upload(path: Path, prices: Iterable[tuple[PlanRow, int]], profile: Profile) -> None:
    """Write an upload file: the profile's columns, filled for each row and price."""
    rule = profile.rules.get("columns")
    pairs = rule.value if rule and isinstance(rule.value, list) else []
    for _, name in pairs:
        if name not in FIELDS:
            raise UsageFault(
                "profile_value_unknown", profile=profile.name, rule="columns", value=name
            )
    columns = [str(column) for column, _ in pairs]
    rows = ({column: FIELDS[name](row, price) for column, name in pairs} for row, price in prices)
    write_csv(path, columns, rows)


def _upload_name(profile: Profile) -> str:
    return f"prices-{profile.name.partition('-')[0]}.csv"


def prices_of(table: Columns) -> dict[str, int]:
    """What each SKU costs in a table of SKUs, by its id and by its code."""
    found: dict[str, int] = {}
    told = "coalesce(sale_price, list_price)"
    query = (
        f"SELECT sku_code, sku_id, {told} AS price FROM {table.table} "  # noqa: S608  our own name
        "WHERE price IS NOT NULL ORDER BY _line"
    )
    rows = table.db.cursor().execute(query)
    while batch := rows.fetchmany(_AT_ONCE):
        for code, sku, price in batch:
            if code:
                found[code] = price
            found[sku] = price
    return found


def _sent(plan: SignedPlan) -> Iterator[Ended]:
    for number, row in enumerate(plan.changed, start=1):
        yield Ended(Row(number, row, plan.file.name), row["sku_id"], Outcome("ok"))


def _back(row: PlanRow, online: int | None) -> Outcome:
    told: dict[str, Figure] = {
        "sku": row["sku_id"],
        "old": row["old"],
        "new": row["new"],
        "online": "-" if online is None else money_text(online),
    }
    evidence = {name: told[name] for name in ("old", "new", "online")}
    if online is None:
        return Outcome("review", "not_online", told, evidence)
    if online != read_money(row["new"]):
        return Outcome("review", "changed_since", told, evidence)
    return Outcome("ok", evidence=evidence)


def _remember(state: State, rows: Iterable[PlanRow], now: dt.datetime) -> None:
    """The prices that go out are history from the moment they hold."""
    at = now.isoformat(timespec="seconds")
    state.write_many(
        "INSERT OR REPLACE INTO price_history VALUES (?,?,?,?,?)",
        (
            (
                row["sku_id"],
                row["effective_from"] or at,
                read_money(row["new"]),
                read_money(row["final"]) if row["final"] else None,
                "plan",
            )
            for row in rows
        ),
    )
