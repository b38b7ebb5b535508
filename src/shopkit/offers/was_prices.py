"""Announced "was" prices (划线价) of a catalogue against what the goods cost in the days before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from shopkit.offers.lows import PricePoint, prior_price
from shopkit.offers.plan_catalogue import current_price
from shopkit.offers.unread import unread_rows
from shopkit.runtime.job import Figure, Outcome, Status
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import money_text

RULE = "reference_days"
"""The rule of a profile's price section: lowest price of so many days before the reduction."""

EVIDENCE = ("was", "price", "low", "low_since", "days")


def check_was(
    catalog: Loaded,
    history: Mapping[str, Sequence[PricePoint]],
    starts: dt.datetime,
    days: int,
) -> list[Ended]:
    """Every SKU: ok where its was price may be announced (or it has none), else review.

    ``starts``: when the reduction began or begins; what the goods cost from then on is no prior
    price. ``days``: see RULE. EU: Directive 98/6/EC, Art. 6a, 30 days.
    """
    ended = unread_rows(catalog)
    for record in catalog.records:
        sku = str(record.values["sku_id"])
        ended.append(Ended(record.row, sku, _outcome(record, sku, history, starts, days)))
    return sorted(ended, key=lambda one: one.row.number)


def _outcome(
    record: Typed,
    sku: str,
    history: Mapping[str, Sequence[PricePoint]],
    starts: dt.datetime,
    days: int,
) -> Outcome:
    was, price = record.values["reference_price"], current_price(record.values)
    if not isinstance(was, int):
        return Outcome("ok")
    if price is None:
        return Outcome("failed", "price_missing", {"sku": sku})
    claim = prior_price(history.get(sku, ()), starts, price, was=was, days=days)
    since = f"{claim.since:%Y-%m-%d}" if claim.since else None
    evidence: dict[str, Figure] = {
        "was": money_text(was),
        "price": money_text(price),
        "low": None if claim.prior is None else money_text(claim.prior),
        "low_since": since,
        "days": days,
    }
    short = ("history_short",) if claim.new_arrival and claim.prior is not None else ()
    status: Status = "review" if claim.reason else "ok"
    return Outcome(
        status, claim.reason, {"sku": sku, **evidence} if claim.reason else {}, evidence, short
    )
