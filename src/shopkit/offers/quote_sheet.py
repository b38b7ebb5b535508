"""The calculation sheet of a basket: every offer in its order, what it looked at and took off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shopkit.errors import InputRefused, UsageFault
from shopkit.messages import text
from shopkit.offers.model import Assumption, BasketLine, Offer, Reading
from shopkit.offers.offer_cells import read_ids
from shopkit.offers.stacking import Quote, Step, quote
from shopkit.offers.words import gives
from shopkit.runtime.typed import Loaded
from shopkit.values import money_text

COLUMNS = ("reading", "step", "offer", "name", "level", "basis", "threshold", "off", "left", "why")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A quote, the readings it holds under, and what everyone pays: public offers and coupons."""

    quote: Quote
    readings: tuple[Assumption, ...]
    public: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The outcomes that differ, the cheapest for the buyer first."""

    outcomes: tuple[Outcome, ...]

    @property
    def total(self) -> int:
        """What the buyer pays at least."""
        return self.outcomes[0].quote.total

    @property
    def public(self) -> int:
        """The public final price (普惠券后价): the least with offers that are open to everyone."""
        return min(one.public for one in self.outcomes)

    def rows(self) -> list[dict[str, str]]:
        """The sheet as a table: list price, every offer, the totals, then the lines' shares."""
        return [row for one in self.outcomes for row in _rows(one)]


def make_sheet(
    basket: Sequence[BasketLine],
    offers: Sequence[Offer],
    reading: Reading,
    *,
    at: datetime | None = None,
    coupons: Sequence[str] | None = None,
) -> Sheet:
    """Work a basket out under every reading. Raises UsageFault for unknown or too many coupons."""
    known = {one.id for one in offers if one.level == "coupon"}
    if lacking := sorted(set(coupons or ()) - known):
        raise UsageFault("coupon_unknown", id=lacking[0], known=", ".join(sorted(known)))
    public = [one for one in offers if one.channel == "public"]
    found: dict[tuple[object, ...], Outcome] = {}
    for assumed in reading.assumptions():
        done = quote(basket, offers, assumed, levels=reading.levels, at=at, coupons=coupons)
        everyone = quote(basket, public, assumed, levels=reading.levels, at=at).total
        key = (everyone, *((step.offer.id, step.off) for step in done.applied))
        before = found.get(key, Outcome(done, (), everyone))
        found[key] = replace(before, readings=(*before.readings, assumed))
    return Sheet(tuple(sorted(found.values(), key=lambda one: (one.quote.total, one.public))))


def basket_of(loaded: Loaded, catalog: Loaded | None) -> list[BasketLine]:
    """The lines of a basket table; prices, items and tags come from the catalogue where they lack.

    Raises InputRefused for a SKU without a price.
    """
    known = {str(one.values["sku_id"]): one.values for one in (catalog.records if catalog else ())}
    lines = []
    for record in loaded.records:
        values, more = record.values, known.get(str(record.values["sku_id"]), {})
        price = values.get("price")
        price = more.get("list_price") if price is None else price
        if not isinstance(price, int):
            place = {"file": record.row.source, "line": record.row.line}
            raise InputRefused("basket_price_missing", sku=values["sku_id"], **place)
        quantity = values.get("quantity")
        if quantity is not None and int(str(quantity)) < 1:
            place = {"file": record.row.source, "line": record.row.line, "column": "quantity"}
            raise InputRefused("quantity_below_one", value=quantity, **place)
        lines.append(
            BasketLine(
                sku_id=str(values["sku_id"]),
                price=price,
                quantity=1 if quantity is None else int(str(quantity)),
                item_id=str(values.get("item_id") or more.get("item_id") or ""),
                tags=read_ids([str(values.get("tags") or more.get("tags") or "")]),
            )
        )
    return lines


def _rows(one: Outcome) -> list[dict[str, str]]:
    done, told = one.quote, " ".join(map(str, one.readings))
    blank = dict.fromkeys(COLUMNS, "") | {"reading": told}
    left = done.listed
    rows = [{**blank, "step": "0", "name": text("promo_quote.listed"), "left": money_text(left)}]
    for number, step in enumerate(done.steps, start=1):
        left -= step.off
        rows.append({**blank, "step": str(number), **_step(step), "left": money_text(left)})
    total = {"step": "=", "name": text("promo_quote.pays"), "left": money_text(done.total)}
    rows.append({**blank, **total})
    everyone = {"step": "*", "name": text("promo_quote.public"), "left": money_text(one.public)}
    rows.append({**blank, **everyone})
    for line, paid in zip(done.basket, done.lines, strict=True):
        off = line.price * line.quantity - paid
        name = f"{line.sku_id} x {line.quantity}"
        rows.append(
            {**blank, "step": "-", "name": name, "off": money_text(off), "left": money_text(paid)}
        )
    return rows


def _step(step: Step) -> dict[str, str]:
    number = str if step.counted else money_text
    return {
        "offer": step.offer.id,
        "name": step.offer.name or _gives(step.offer),
        "level": step.offer.level,
        "basis": number(step.basis),
        "threshold": number(step.threshold) if step.threshold else "",
        "off": money_text(step.off),
        "why": text(f"promo_quote.why.{step.note}") if step.note else "",
    }


def _gives(offer: Offer) -> str:
    return gives(offer.kind, offer.tiers, each_per=offer.each_per)
