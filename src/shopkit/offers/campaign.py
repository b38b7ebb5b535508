"""A sign-up sheet checked: each SKU passes or is held, and one held SKU holds its whole item."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from shopkit.offers.campaign_lines import Known, Lines, known_prices, lines_of
from shopkit.offers.campaign_rules import Rules, terms_of
from shopkit.offers.campaign_sales import Sold, sold_of
from shopkit.offers.model import Offer, OfficialRounding
from shopkit.offers.signup import Terms, final_least, final_text, largest, passes
from shopkit.runtime.columns import lent
from shopkit.runtime.columns_cells import text_of
from shopkit.runtime.job import Figure, Outcome, Row, Status
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import money_text, percent_text

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

EVIDENCE = (
    "item_id",
    "sku_id",
    "signup_price",
    "final",
    "line",
    "line_from",
    "list_line",
    "official_rate",
    "largest",
    "largest_by_rule",
    "sold",
    "protected_units",
    "protected_money",
)
_GONE = frozenset({"已下架", "下架", "delisted", "已删除", "仓库中"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A SKU of the sheet: the largest price allowed (0: none), and why it waits, if it does.

    ``units``, ``money``: pieces sold above its campaign price while price protection runs, and
    what their buyers may ask back. ``left_out``: delisted, the sheet goes without it.
    """

    row: Row
    item: str
    sku: str
    signup: int | None = None
    largest: int = 0
    reason: str = ""
    values: Mapping[str, Figure] = field(default_factory=dict)
    evidence: Mapping[str, Figure] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    units: int = 0
    money: int = 0
    left_out: bool = False

    @property
    def ended(self) -> Ended:
        """The row as results.csv tells it."""
        told: dict[str, Figure] = {
            "item_id": self.item,
            "sku_id": self.sku,
            "signup_price": None if self.signup is None else money_text(self.signup),
            **self.evidence,
        }
        status: Status = "review" if self.reason else "ok"
        outcome = Outcome(status, self.reason, self.values, told, self.warnings)
        return Ended(self.row, f"{self.item}/{self.sku}", outcome)

    def held(self, reason: str, **values: Figure) -> Checked:
        """The same, for a person."""
        told: dict[str, Figure] = {"sku": self.sku, "item": self.item, **values}
        return replace(self, reason=reason, values=told)


def check_sheet(
    sheet: Loaded,
    rules: Rules,
    *,
    now: dt.datetime,
    begins: dt.datetime | None = None,
    history: Columns | None = None,
    offers: Sequence[Offer] = (),
    sales: Columns | None = None,
    catalog: Columns | None = None,
) -> list[Checked]:
    """Check every row of the sheet, in its order.

    ``begins``: when the campaign does (None: now). ``offers``: those that run all through it.
    Without ``sales`` neither the sales of late nor price protection are checked; with ``catalog``
    an item waits that lacks one of its SKUs in the sheet.
    """
    gone = [one for one in sheet.records if _is_gone(one)]
    listed = [one for one in sheet.records if not _is_gone(one)]
    items = {str(one.values["sku_id"]): str(one.values["item_id"]) for one in listed}
    known = _known(items, rules, now, begins or now, history, sales)
    check = _Check(rules, now, offers, *known)
    unread = [_unread(row, sheet) for row in sheet.rejected]
    checked = _without_twins([check.row(record) for record in listed], unread)
    rest = [*unread, *(_left_out(one) for one in gone)]
    return _whole_items([*checked, *rest], _lacking(items, catalog))


def _known(
    items: Mapping[str, str],
    rules: Rules,
    now: dt.datetime,
    begins: dt.datetime,
    history: Columns | None,
    sales: Columns | None,
) -> tuple[Mapping[str, Known], Sold | None]:
    """What history and sales tell of these SKUs."""
    prices, sold = {}, None
    if history is not None:
        prices = known_prices(history, _keep(history, items), now, rules.days)
    if sales is not None:
        days = (rules.sales_days, rules.protection_days)
        since = [at - dt.timedelta(days=n) for at, n in zip((now, begins), days, strict=True)]
        sold = sold_of(sales, _keep(sales, items), now, *since)
    return prices, sold


def _keep(table: Columns, items: Mapping[str, str]) -> str:
    """Keep the SKUs of a sheet with their items beside a table; the name they have there."""
    names = np.array([*items], object), np.array([*items.values()], object)
    rows = dict(zip(("sku_id", "item_id"), names, strict=True))
    with lent(table.db, "sheet_given", rows):
        table.db.execute("CREATE OR REPLACE TABLE sheet_skus AS SELECT * FROM sheet_given")
    return "sheet_skus"


@dataclass(frozen=True, slots=True)
class _Check:
    """What is known beside the sheet."""

    rules: Rules
    now: dt.datetime
    offers: Sequence[Offer]
    known: Mapping[str, Known]
    sold: Sold | None

    def row(self, record: Typed) -> Checked:
        """Check a row by itself."""
        values = record.values
        item, sku = str(values["item_id"]), str(values["sku_id"])
        told = values.get("signup_price")
        blank = Checked(record.row, item, sku, told if isinstance(told, int) else None)
        lines = lines_of(values, self.known.get(sku), self.rules, self.now)
        if lines.stale:
            observed = f"{lines.stale:%Y-%m-%d %H:%M}"
            return blank.held("evidence_stale", hours=self.rules.most_age, observed=observed)
        if lines.final is None:
            return blank.held("line_missing")
        terms = terms_of(self.rules, item, sku, self.offers)
        found = self._judged(blank, lines.final, lines, terms)
        if self.sold is None or not self.rules.sales_days:
            return found
        sold = self.sold.pieces.get(item, 0)
        found = replace(found, evidence={**found.evidence, "sold": sold})
        if sold < self.rules.sales_least and not found.reason:
            asked = {"days": self.rules.sales_days, "least": self.rules.sales_least}
            return found.held("no_recent_sales", sold=sold, **asked)
        return found

    def _judged(self, blank: Checked, line: int, lines: Lines, terms: Terms) -> Checked:
        """Test the sign-up price, or the largest one where the sheet has none yet."""
        roundings, step = self.rules.roundings, self.rules.step
        by_rule = {one: largest(line, terms, [one], step, lines.listed) for one in roundings}
        most = largest(line, terms, roundings, step, lines.listed)
        price = most if blank.signup is None else max(0, blank.signup)
        official = self.rules.rate is not None or terms.rate > 0
        rules = "; ".join(f"{name} {money_text(each)}" for name, each in by_rule.items())
        found = replace(
            blank,
            largest=most,
            evidence={
                "final": final_text(price, terms, roundings) if price else None,
                "line": money_text(line),
                "line_from": lines.source,
                "list_line": money_text(lines.listed) if lines.listed else None,
                "official_rate": percent_text(terms.rate),
                "largest": money_text(most) if most else None,
                "largest_by_rule": rules,
            },
            warnings=tuple(self._doubts(lines, by_rule, told=official)),
        )
        told: dict[str, Figure] = {"line": money_text(line), "largest": money_text(most)}
        if not most:
            return found.held("no_signup_price", **told)
        if not price:
            return found.held("signup_not_positive", **told)
        told["signup"] = money_text(price)
        if price % step:
            return found.held("signup_not_in_steps", step=money_text(step), **told)
        if lines.listed and price > lines.listed:
            return found.held("signup_over_list", listed=money_text(lines.listed), **told)
        if not passes(price, line, terms, roundings):
            final = str(found.evidence["final"])
            return found.held("signup_over_line", final=final, rules=rules, **told)
        return self._protected(found, final_least(price, terms, roundings))

    def _doubts(
        self, lines: Lines, by_rule: Mapping[OfficialRounding, int], *, told: bool
    ) -> Iterator[str]:
        """What the test had to take the stricter way, or could not look at."""
        if len(set(by_rule.values())) > 1:
            yield "rounding_unknown"
        if not told:
            yield "rate_not_told"
        if not lines.dated:
            yield "evidence_undated"
        if self.rules.sales_days and self.sold is None:
            yield "sales_not_checked"

    def _protected(self, found: Checked, final: int) -> Checked:
        """Who bought dearer of late and may ask the difference back."""
        if self.sold is None or not self.rules.protection_days:
            return found
        units, money = self.sold.protected(found.sku, final)
        told: dict[str, Figure] = {"protected_units": units, "protected_money": money_text(money)}
        more = ("price_protection",) if units else ()
        return replace(
            found,
            units=units,
            money=money,
            evidence={**found.evidence, **told},
            warnings=(*found.warnings, *more),
        )


def _is_gone(record: Typed) -> bool:
    """Whether a SKU is off the shelf: no campaign takes it."""
    return str(record.values.get("status") or "") in _GONE


def _left_out(record: Typed) -> Checked:
    item, sku = (str(record.values[name]) for name in ("item_id", "sku_id"))
    return Checked(record.row, item, sku, warnings=("sku_delisted",), left_out=True)


def _without_twins(checked: Sequence[Checked], unread: Sequence[Checked]) -> list[Checked]:
    """A SKU that stands in two rows is refused by platforms: both wait."""
    counts = Counter(one.sku for one in (*checked, *unread))
    return [one.held("sku_twice") if counts[one.sku] > 1 else one for one in checked]


def _lacking(items: Mapping[str, str], catalog: Columns | None) -> dict[str, str]:
    """Item -> a SKU of it that the catalogue has on sale and the sheet has not."""
    if catalog is None:
        return {}
    sheet, gone = _keep(catalog, items), ", ".join(map(text_of, sorted(_GONE)))
    query = f"""SELECT item_id, arg_min(sku_id, _line) FROM {catalog.table}
        WHERE coalesce(status, '') NOT IN ({gone}) AND sku_id NOT IN (SELECT sku_id FROM {sheet})
        AND item_id IN (SELECT item_id FROM {sheet}) GROUP BY item_id"""  # noqa: S608  our own words
    return dict(catalog.db.execute(query).fetchall())


def _whole_items(checked: Sequence[Checked], lacking: Mapping[str, str]) -> list[Checked]:
    """One SKU that is held, or that the sheet lacks, holds all of its item."""
    told = sorted(checked, key=lambda one: one.row.number)
    held = {one.item: one.sku for one in reversed(told) if one.reason}

    def judged(one: Checked) -> Checked:
        if one.reason or one.left_out:
            return one
        if one.item in held:
            return one.held("item_held", by=held[one.item])
        return one.held("sku_not_in_sheet", by=lacking[one.item]) if one.item in lacking else one

    return [judged(one) for one in told]


def _unread(row: Row, sheet: Loaded) -> Checked:
    """A row that could not be read holds its item too."""
    found = next((one for one in sheet.rejects if one.line == row.line), None)
    binding = sheet.binding

    def cell(name: str) -> str:
        place = binding.at.get(name) if binding else None
        return "" if binding is None or place is None else row.cells[binding.headers[place]]

    values: dict[str, Figure] = {}
    if found is not None:
        values = {name: str(value) for name, value in found.error.values.items()}
    reason = found.rule if found else "cell_empty"
    return Checked(row, cell("item_id"), cell("sku_id"), reason=reason, values=values)
