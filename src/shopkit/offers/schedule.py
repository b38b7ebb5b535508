"""What is due of signed plans: prices that begin now, and windows that end and go back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from shopkit.offers.signed_plan import SignedPlan


@dataclass(frozen=True, slots=True)
class Due:
    """One price to set. ``what``: start (the plan's price) or revert (the one before it)."""

    at: dt.datetime
    what: str
    sku_id: str
    item_id: str
    sku_code: str
    price: str
    plan: str


def due(
    plans: Iterable[SignedPlan], now: dt.datetime, since: dt.datetime | None = None
) -> tuple[list[Due], dt.datetime | None]:
    """What is due by ``now`` (and was not yet by ``since``), in order, and when the next is.

    A window that has begun and ended by now is a revert only: its price never has to be set.
    """
    last: dict[str, Due] = {}
    following: dt.datetime | None = None
    for step in (step for plan in plans for step in _steps(plan, now)):
        if step.at > now:
            following = step.at if following is None else min(following, step.at)
        elif step.sku_id not in last or step.at >= last[step.sku_id].at:
            last[step.sku_id] = step
    fresh = [one for one in last.values() if since is None or one.at > since]
    return sorted(fresh, key=lambda one: (one.at, one.sku_id)), following


def _steps(plan: SignedPlan, now: dt.datetime) -> Iterable[Due]:
    """The start and the end of every row; a row without a start begins when it is exported."""
    for row in plan.changed:
        for column, what, price in (
            ("effective_from", "start", row["new"]),
            ("effective_to", "revert", row["old"]),
        ):
            if row[column]:
                at = dt.datetime.fromisoformat(row[column])
                at = at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
                place = str(plan.file.parent)
                ids = (row["sku_id"], row["item_id"], row["sku_code"])
                yield Due(at, what, *ids, price, place)
