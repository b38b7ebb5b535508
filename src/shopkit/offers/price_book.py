"""A plan on its way: signed, exported to a platform, taken back; and what is online."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shopkit.errors import InputRefused, UsageFault
from shopkit.offers.plan_catalogue import current_price
from shopkit.offers.plan_run import COMMAND, check_plan_columns
from shopkit.offers.plan_table import digest
from shopkit.offers.unread import unread_rows
from shopkit.runtime.cells import clean
from shopkit.runtime.job import Figure, Outcome, Row
from shopkit.runtime.profiles import Profile
from shopkit.runtime.publish import Ended, publishing
from shopkit.runtime.rejects import render_rejects
from shopkit.runtime.results import BatchResult
from shopkit.runtime.review import Entry, Queue
from shopkit.runtime.state import State
from shopkit.runtime.table_write import render
from shopkit.runtime.typed import Loaded
from shopkit.values import money_text, read_money

PLACEMENT = "prices"
"""The section of a profile that says how prices go up: [prices.columns]."""

PlanRow = Mapping[str, str]


ACCEPTABLE = ("floor_over_cap", "change_over_cap", "change_over_day_cap")
"""Why a price waits that a person may let through all the same. A floor is never among them."""


@dataclass(frozen=True)
class SignedPlan:
    """A plan.csv that was read, and what a person would sign of it.

    ``changed``: the rows that go out, those that a person has accepted in the review queue among
    them. ``held``: how many stay behind.
    """

    file: Path
    changed: tuple[PlanRow, ...]
    held: int
    digest: str


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


def read_plan(folder: Path, state: State) -> SignedPlan:
    """Read the plan in ``folder`` (or the plan.csv itself) as it is now.

    Raises InputRefused for a file that is missing, is no plan, or has a price that is none.
    """
    file = folder / "plan.csv" if folder.is_dir() else folder
    accepted = _accepted(state, file.parent)
    changed, held = [], 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            check_plan_columns(reader.fieldnames or (), file)
            for line, told in enumerate(reader, start=2):
                row = {key: clean(value or "") for key, value in told.items() if key}
                if row["status"] == "review" and _agreed(row, accepted):
                    row |= {"change": "changed", "status": "ok"}
                held += row["status"] != "ok"
                if row["change"] == "changed" and row["status"] == "ok":
                    for column in ("old", "new"):
                        _check_price(row, column, file, line)
                    changed.append(row)
    except (FileNotFoundError, IsADirectoryError):
        raise InputRefused("table_missing", file=file) from None
    except UnicodeDecodeError:
        raise InputRefused("table_encoding_unknown", file=file) from None
    return SignedPlan(file, tuple(changed), held, digest(changed))


def _accepted(state: State, folder: Path) -> dict[str, Entry]:
    """What a person has let through of a plan in the review queue, by SKU."""
    queue = Queue(state, folder.resolve(), COMMAND)
    return {one.item: one for one in queue.entries() if one.decision == "accept"}


def _agreed(row: PlanRow, accepted: Mapping[str, Entry]) -> bool:
    """Whether the price that a person accepted is the one that stands here."""
    entry = accepted.get(row["sku_id"])
    if entry is None or row["reason"] not in ACCEPTABLE or entry.reason != row["reason"]:
        return False
    return all(entry.values.get(name) == row[name] for name in ("old", "new"))


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
    ended = [_sent(number, row, plan.file) for number, row in enumerate(plan.changed, start=1)]
    prices = [(row, read_money(row["new"])) for row in plan.changed]
    with publishing("price export", out, state=state, now=now, force=force) as run:
        name = f"prices-{profile.name.partition('-')[0]}.csv"
        run.file(name).write_bytes(upload(prices, profile))
        return run.close(ended, record=lambda: _remember(state, plan.changed, now))


def rollback(
    plan: SignedPlan,
    current: Loaded,
    profile: Profile,
    out: Path,
    *,
    state: State,
    now: dt.datetime,
    force: bool = False,
) -> BatchResult:
    """Write the file that takes a plan back: every row whose price is still the plan's.

    ``current``: an export of what is online now. A row that was changed since, or that is not
    online any more, is held and left alone. Rows of ``current`` that cannot be read fail.
    """
    online = prices_of(current)
    ended, back = [], []
    for number, row in enumerate(plan.changed, start=1):
        now_at = online.get(row["sku_id"], online.get(row["sku_code"]) if row["sku_code"] else None)
        outcome = _back(row, now_at)
        ended.append(Ended(Row(number, dict(row), plan.file.name), row["sku_id"], outcome))
        if outcome.status == "ok":
            back.append((row, read_money(row["old"])))
    with publishing("price rollback", out, state=state, now=now, force=force) as run:
        name = f"prices-{profile.name.partition('-')[0]}.csv"
        run.file(name).write_bytes(upload(back, profile))
        if current.rejects:
            run.file("rejects.csv").write_bytes(render_rejects(current.rejects))
        ended += unread_rows(current)
        return run.close(ended, evidence=("old", "new", "online"))


def upload(prices: Sequence[tuple[PlanRow, int]], profile: Profile) -> bytes:
    """The bytes of an upload file: the profile's columns, filled for each row and price."""
    rule = profile.rules.get("columns")
    pairs = rule.value if rule and isinstance(rule.value, list) else []
    for _, name in pairs:
        if name not in FIELDS:
            raise UsageFault(
                "profile_value_unknown", profile=profile.name, rule="columns", value=name
            )
    columns = [str(column) for column, _ in pairs]
    rows = ({column: FIELDS[name](row, price) for column, name in pairs} for row, price in prices)
    return render(".csv", columns, rows)


def prices_of(table: Loaded) -> dict[str, int]:
    """What each SKU costs in a table of SKUs, by its id and by its code."""
    found: dict[str, int] = {}
    for record in table.records:
        values = record.values
        price = current_price(values)
        if price is not None:
            for name in ("sku_code", "sku_id"):
                if values.get(name):
                    found[str(values[name])] = price
    return found


def _check_price(row: PlanRow, column: str, file: Path, line: int) -> None:
    try:
        if row[column] and read_money(row[column]) >= 0:
            return
    except ValueError:
        pass
    told = {"file": file.name, "line": line, "column": column, "value": row[column]}
    raise InputRefused("money_unreadable", **told)


def _sent(number: int, row: PlanRow, file: Path) -> Ended:
    return Ended(Row(number, dict(row), file.name), row["sku_id"], Outcome("ok"))


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
        [
            (
                row["sku_id"],
                row["effective_from"] or at,
                read_money(row["new"]),
                read_money(row["final"]) if row["final"] else None,
                "plan",
            )
            for row in rows
        ],
    )
