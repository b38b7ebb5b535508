"""A plan as one page to look through: self-contained, works offline, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import nsmallest
from importlib import resources

from shopkit.messages import language, text
from shopkit.offers.plan_table import rows_in
from shopkit.runtime.job import Figure

_MOST = 3000  # rows on the page: held ones first, then the largest changes
_CARDS = ("rows", "changed", "unchanged", "review", "failed", "stock_weighted_change_percent")
_HEADS = ("sku", "title", "old", "new", "change", "final", "floor", "margin", "rule", "reason")


def page(
    columns: Mapping[str, Sequence[str]], summary: Mapping[str, Figure], held: Mapping[str, int]
) -> str:
    """The page's HTML."""
    import jinja2

    shown = nsmallest(_MOST, rows_in(columns), key=_rank)
    source = resources.files("shopkit") / "data" / "templates" / "plan.html.j2"
    template = jinja2.Environment(autoescape=True).from_string(source.read_text(encoding="utf-8"))
    names = ("title", "all", "changed", "review", "failed")
    left = len(columns["sku_id"]) - len(shown)
    return template.render(
        lang=language(),
        t={name: text(f"price.page.{name}") for name in names},
        cards=[(text(f"price.page.cards.{name}"), summary[name]) for name in _CARDS],
        held=[(reason_name(code), count) for code, count in held.items()],
        heads=[text(f"price.page.heads.{name}") for name in _HEADS],
        rows=shown,
        reasons={code: reason_name(code) for code in held},
        more=text("price.page.more", count=left) if left else "",
    )


def reason_name(code: str) -> str:
    """A reason in a few words."""
    return text(f"price.reasons.{code}")


def _rank(row: Mapping[str, str]) -> tuple[int, float, str]:
    order = {"failed": 0, "review": 1}.get(row["status"], 2 if row["change"] == "changed" else 3)
    return order, -abs(float(row["change_percent"] or 0)), row["sku_id"]
