"""A history as the fit counts it: days of a SKU with one price, fortnight and promotion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from shopkit.offers.arrays import Floats, Ints, summed
from shopkit.offers.poisson import Cells
from shopkit.offers.read_sales import SalesHistory
from shopkit.offers.sales import Days, usable_days

_FORTNIGHT = 14
_MOVED = 0.02  # a price this much (log) off the usual one is another price


@dataclass(frozen=True, slots=True)
class Digest:
    """What a fit needs of a history: cells by SKU, and figures a SKU.

    ``usual``: mean log price (natural log of minor units), counted by days. ``days``: that count;
    ``moved``: those at another price than the middle one; ``prices``: how many there were.
    ``dropped``: lines or days left out, by why (returns, no_price, sold_out), and those put in
    (quiet_days).
    """

    skus: Sequence[str]
    categories: Sequence[str]
    category_of: Ints
    cells: Cells
    usual: Floats
    days: Ints
    units: Floats
    prices: Ints
    moved: Floats
    dropped: Mapping[str, int]


def digest_sales(history: SalesHistory) -> Digest:
    """Go through a history twice: for what its days have in common, then for its cells."""
    told = _Told.of(len(history.skus))
    for days in _usable(history, told.dropped):
        told.add(days)
    usual = told.logs / np.maximum(told.days, 1)
    weekday, period = told.weekday_weights(), told.period_of
    found = [_cells(days, usual, weekday, period) for days in _usable(history, {})]
    return Digest(
        skus=history.skus,
        categories=history.categories,
        category_of=history.category_of,
        cells=_joined(found),
        usual=usual,
        days=told.days,
        units=told.units,
        prices=told.prices,
        moved=told.moved,
        dropped={**history.dropped, **told.dropped},
    )


def _usable(history: SalesHistory, dropped: dict[str, int]) -> Iterator[Days]:
    """The usable days, part by part; ``dropped`` is filled in on the way."""
    dropped |= {"quiet_days": 0} if history.calendar.lists_sales else {}
    dropped["sold_out"] = 0
    for part in history.parts():
        found = usable_days(part, history.calendar)
        if history.calendar.lists_sales:
            dropped["quiet_days"] += found.put_in
        dropped["sold_out"] += found.sold_out
        yield found.days


@dataclass(slots=True)
class _Told:
    """Sums over the days gone through so far: of each SKU, of each weekday, of all."""

    days: Ints
    units: Floats
    logs: Floats  # of prices
    prices: Ints
    moved: Floats
    by_weekday: Floats  # days, units
    first: int | None = None
    last: int = 0
    dropped: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, count: int) -> _Told:
        whole, none = np.zeros(count, np.int64), np.zeros(count)
        return cls(whole, none, none.copy(), whole.copy(), none.copy(), np.zeros((2, 7)))

    def add(self, days: Days) -> None:
        """Count some SKUs' days."""
        if not len(days):
            return
        low, high = int(days.sku[0]), int(days.sku[-1]) + 1
        sku, count = days.sku - low, high - low
        here = slice(low, high)
        self.days[here] = np.bincount(sku, minlength=count)
        self.units[here] = summed(sku, days.units, count)
        self.logs[here] = summed(sku, np.log(days.price), count)
        self.prices[here], self.moved[here] = _prices(sku, days.price, self.days[here])
        weekday = _weekday(days)
        self.by_weekday[0] += np.bincount(weekday, minlength=7)
        self.by_weekday[1] += summed(weekday, days.units, 7)
        first, self.last = int(days.day.min()), max(self.last, int(days.day.max()))
        self.first = first if self.first is None else min(self.first, first)

    def weekday_weights(self) -> Floats:
        """How much of a usual day each weekday counts for: a shop's weekdays sell differently."""
        days, units = self.by_weekday
        mean = max(float(units.sum() / max(days.sum(), 1)), 1e-9)
        weights = (units + mean * 7) / ((days + 7) * mean)  # a week's worth of the usual beside it
        return np.asarray(weights, np.float64)

    def period_of(self, day: Ints) -> Ints:
        """The fortnight of a day, counted so that the last one is whole."""
        earliest = ((self.first or 0) - self.last - 1) // _FORTNIGHT
        return np.asarray((day - self.last - 1) // _FORTNIGHT - earliest, np.int64)


def _weekday(days: Days) -> Ints:
    return np.asarray((days.day + 3) % 7, np.int64)  # 1970-01-01 was a Thursday


def _prices(sku: Ints, price: Floats, days: Ints) -> tuple[Ints, Floats]:
    """How many prices a SKU had, to the minor unit, and on how many days it was off the median."""
    order = np.lexsort((price, sku))
    middle = np.ones(len(days))
    sold = days > 0
    middle[sold] = price[order][(np.cumsum(days) - days + days // 2)[sold]]
    off = np.abs(np.log(price / middle[sku])) > _MOVED
    whole, mine = np.round(price[order]), sku[order]
    new = np.append(True, (whole[1:] != whole[:-1]) | (mine[1:] != mine[:-1]))
    return np.bincount(mine[new], minlength=len(days)), summed(sku, off, len(days))


def _cells(days: Days, usual: Floats, weekday: Floats, period_of: Callable[[Ints], Ints]) -> Cells:
    """Sum days that share SKU, fortnight, promotion and price (to the minor unit)."""
    period, price = period_of(days.day), np.round(days.price).astype(np.int64)
    order = np.lexsort((price, days.promo, period, days.sku))
    key = np.stack([days.sku, period, days.promo.astype(np.int64), price])[:, order]
    new = np.append(True, (key[:, 1:] != key[:, :-1]).any(0))[: len(days)]
    place = np.cumsum(new) - 1
    sku, period, promo, price = key[:, new]
    return Cells(
        sku,
        period,
        promo.astype(np.float64),
        np.log(np.maximum(price, 1)) - usual[sku],
        summed(place, weekday[_weekday(days)][order], len(sku)),
        summed(place, days.units[order], len(sku)),
    )


def _joined(parts: list[Cells]) -> Cells:
    """The cells of all parts, which are let go of one column after the other."""
    columns = [[getattr(one, name) for one in parts] for name in Cells.__slots__]
    parts.clear()
    none = np.zeros(0, np.int64), np.zeros(0)
    return Cells(*(np.concatenate([none[number > 1], *columns.pop(0)]) for number in range(6)))
