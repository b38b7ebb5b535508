"""Offers from the shop's table: item discounts, shop promotions and coupons, ladders joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast
from zoneinfo import ZoneInfo

from shopkit.offers import offer_cells as oc
from shopkit.offers.model import Channel, Kind, Level, Offer, Scope, Tier
from shopkit.offers.offer_cells import Unclear
from shopkit.runtime.rejects import Reject
from shopkit.runtime.typed import Loaded, Typed, load_rows, zone_of

if TYPE_CHECKING:
    import pandas as pd

_P = ParamSpec("_P")
_T = TypeVar("_T")
_ENDED = frozenset({"已结束", "已失效", "已停止", "ended", "expired", "disabled", "已作废"})


@dataclass(frozen=True)
class OfferSheet:
    """The offers of a table, and what of it could not be read."""

    offers: tuple[Offer, ...]
    rejects: tuple[Reject, ...]
    loaded: Loaded


def read_offers(
    source: Path | str | pd.DataFrame, *, encoding: str | None = None, shop: Path | None = None
) -> OfferSheet:
    """Read offers; several rows of one offer_id are the tiers of its ladder.

    Coupons without a stack group are alternatives: a buyer hands in one (platforms let one coupon
    a shop and order; give them groups of their own where they add up). Raises InputRefused.
    """
    loaded = load_rows("offers", source, encoding=encoding, shop=shop)
    zone = zone_of(shop)
    offers: dict[str, Offer] = {}
    rejects = list(loaded.rejects)
    for record in loaded.records:
        try:
            one = _offer(record, zone, unit_of(loaded, "value"))
            if one is not None:
                offers[one.id] = _joined(offers.get(one.id), one)
        except CellUnclear as error:
            rejects.append(reject(loaded, record, error))
    return OfferSheet(tuple(offers.values()), tuple(rejects), loaded)


class CellUnclear(ValueError):
    """An Unclear cell with its column."""

    def __init__(self, column: str, unclear: Unclear) -> None:
        super().__init__(column)
        self.column, self.code, self.value = column, unclear.code, unclear.value


def reject(loaded: Loaded, record: Typed, error: CellUnclear) -> Reject:
    """The reject of a cell, under the file's own header."""
    binding = loaded.binding
    place = binding.at.get(error.column) if binding else None
    header = error.column if binding is None or place is None else binding.headers[place]
    value = error.value or str(record.values.get(error.column) or "")
    return Reject(record.row.source, record.row.line, header, value, error.code)


def unit_of(loaded: Loaded, column: str) -> str:
    """The unit that a column's own header names: 折, % or nothing."""
    binding = loaded.binding
    if binding is None or column not in binding.at:
        return ""
    header = oc.plain(binding.headers[binding.at[column]]).casefold()
    if "折" in header:
        return "折"
    return "%" if "%" in header or "percent" in header else ""


def cell(values: Mapping[str, object], column: str) -> str:
    """A text cell, empty where there is none."""
    return str(values.get(column) or "")


def benefit_of(values: Mapping[str, object], column: str, unit: str) -> oc.Benefit:
    """What a row gives, with its thresholds. Raises CellUnclear."""
    kind_text = cell(values, "kind")
    kind = oc.meaning("kind", kind_text) if kind_text else None
    if kind_text and kind is None:
        raise CellUnclear("kind", Unclear("offer_kind_unknown", kind_text))
    if kind == "percent" and kind_text.casefold().startswith(("percent", "%")):
        unit = unit or "%"
    benefit = told(column, oc.read_benefit, cell(values, column), cast("Kind | None", kind), unit)
    amount = told("threshold", oc.read_amount, cell(values, "threshold"))
    count = told("threshold_count", oc.read_count, cell(values, "threshold_count"))
    return told("threshold", oc.with_threshold, benefit, amount, count)


def scope_of(values: Mapping[str, object]) -> Scope:
    """Which goods a row is for. Raises CellUnclear where it says items and names none."""
    listed = [cell(values, name) for name in ("item_ids", "item_ids_2", "item_ids_3", "item_ids_4")]
    scope = Scope(
        items=oc.read_ids(listed),
        skus=oc.read_ids([cell(values, "sku_ids")]),
        tags=oc.read_ids([cell(values, "tags")]),
        without=oc.read_ids([cell(values, "without")]),
    )
    word = cell(values, "scope")
    if oc.meaning("scope", word) == "items" and scope.whole_shop:
        raise CellUnclear("item_ids", Unclear("scope_names_nothing", word))
    return scope


def _offer(record: Typed, zone: ZoneInfo, unit: str) -> Offer | None:
    """The offer of a row; None for one that has ended by its own status."""
    values = record.values
    if cell(values, "status") in _ENDED:
        return None
    benefit = benefit_of(values, "value", unit)
    starts, ends = told(
        "starts",
        oc.read_window,
        cell(values, "starts"),
        cell(values, "ends"),
        cell(values, "use_window"),
        zone,
    )
    level = _level(values, benefit)
    group = cell(values, "stack_group") or ("coupon" if level == "coupon" else "")
    return Offer(
        id=cell(values, "offer_id") or cell(values, "name") or f"line {record.row.line}",
        level=level,
        kind=benefit.kind,
        tiers=benefit.tiers,
        name=cell(values, "name"),
        each_per=benefit.each_per or bool(values.get("each_per")),
        most=told("most", oc.read_amount, cell(values, "most")),
        scope=scope_of(values),
        starts=starts,
        ends=ends,
        channel=channel_of(values),
        stack_group=group,
        excludes=oc.read_ids([cell(values, "excludes")]),
        per_person=told("per_person", oc.read_count, cell(values, "per_person")),
        total=told("total", oc.read_count, cell(values, "total")),
        line=record.row.line,
    )


def _level(values: Mapping[str, object], benefit: oc.Benefit) -> Level:
    """The level that a row names; else what its other columns say."""
    word = cell(values, "level")
    level = oc.meaning("level", word)
    if word and level is None:
        raise CellUnclear("level", Unclear("offer_level_unknown", word))
    if level:
        return cast(Level, level)
    if any(cell(values, name) for name in ("channel", "per_person", "total")):
        return "coupon"
    first = benefit.tiers[0]
    return "shop" if first.amount or first.count else "item"


def channel_of(values: Mapping[str, object]) -> Channel:
    """Whether everyone can have it. Raises CellUnclear for a channel that is not known."""
    word = cell(values, "channel")
    if not word:
        return "public"
    channel = oc.meaning("channel", word)
    if channel is None:
        raise CellUnclear("channel", Unclear("channel_unknown", word))
    return cast(Channel, channel)


def _joined(first: Offer | None, one: Offer) -> Offer:
    """A later row of the same offer as one more tier. Raises CellUnclear where it is none."""
    if first is None:
        check_ladder(one.tiers, one.kind)
        return one
    if replace(one, tiers=first.tiers, line=first.line) != first:
        raise CellUnclear("offer_id", Unclear("offer_twice", one.id))
    tiers = tuple(sorted({*first.tiers, *one.tiers}, key=lambda tier: (tier.amount, tier.count)))
    check_ladder(tiers, one.kind)
    return replace(first, tiers=tiers)


def check_ladder(tiers: Iterable[Tier], kind: Kind) -> None:
    """Raise CellUnclear where a higher threshold does not give more (满200减20, 满300减15)."""
    for lower, higher in pairwise(tiers):
        rises = (higher.amount, higher.count) > (lower.amount, lower.count)
        gives = higher.value > lower.value or kind in ("gift", "free_post")
        if not rises or not gives:
            raise CellUnclear("value", Unclear("ladder_not_rising", ""))


def told(column: str, read: Callable[_P, _T], *cells: _P.args, **named: _P.kwargs) -> _T:
    """Call a reader of cells; what is unclear gets its column's name."""
    try:
        return read(*cells, **named)
    except Unclear as error:
        raise CellUnclear(column, error) from None
