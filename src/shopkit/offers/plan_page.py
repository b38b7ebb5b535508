"""A plan as one page to look through: self-contained, works offline, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shopkit.data import DATA
from shopkit.messages import language, text
from shopkit.messages import reason as words
from shopkit.offers.arrays import smallest
from shopkit.offers.catalogue import Amounts
from shopkit.offers.plan import Plan
from shopkit.offers.plan_table import VALUES
from shopkit.runtime.job import Figure

_MOST = 500  # rows on the page: held ones first, then the largest changes
_CARDS = ("rows", "changed", "unchanged", "review", "failed", "revenue_weighted_change_percent")
_HEADS = ("sku", "title", "old", "new", "change", "final", "floor", "margin", "rule", "reason")


def page(
    first: Sequence[Mapping[str, str]], summary: Mapping[str, Figure], held: Mapping[str, int]
) -> str:
    """The page's HTML, with the rows that come first."""
    import jinja2

    shown = [_told(row) for row in first]
    source = DATA / "templates" / "plan.html.j2"
    template = jinja2.Environment(autoescape=True).from_string(source.read_text(encoding="utf-8"))
    names = ("title", "all", "changed", "review", "failed")
    cards = [(name, summary[name]) for name in _CARDS if summary[name] is not None]
    left = int(str(summary["rows"])) - len(shown)
    return template.render(
        lang=language(),
        t={name: text(f"price.page.{name}") for name in names},
        cards=[(text(f"price.page.cards.{name}"), value) for name, value in cards],
        held=[(reason_name(code), count) for code, count in held.items()],
        heads=[text(f"price.page.heads.{name}") for name in _HEADS],
        rows=shown,
        more=text("price.page.more", count=left) if left else "",
    )


def first_places(plan: Plan) -> Amounts:
    """Where the rows of the page are: failed, held, then by the size of the change."""
    change = np.nan_to_num(np.abs(plan.change), posinf=0)
    rank = np.where(plan.failed, 3, np.where(plan.held, 2, plan.changed)) * 1e9 + change
    return smallest(-rank, _MOST)


def reason_name(code: str) -> str:
    """A reason in a few words."""
    return text(f"price.reasons.{code}")


def _told(row: Mapping[str, str]) -> dict[str, str]:
    """A row with what sets its floor, and why it waits with the fix, in words."""
    values = {name: row[f"told_{name}"] for name in VALUES}
    floor = text(f"price.floors.{row['floor_rule']}") if row["floor_rule"] else ""
    why = " ".join(words(row["reason"], **values)) if row["reason"] else ""
    return {**row, "floor_rule": floor, "why": why}
