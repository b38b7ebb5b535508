"""``shopkit price``: prices planned, approved, exported, taken back and watched."""

from __future__ import annotations

from typing import ClassVar

from shopkit.cli.command import LazyGroup, group, stand_in
from shopkit.messages import text

_WORDS = {"plan": "price.plan", "history": "price_history", "fit": "price_fit.fit"}


class _Price(LazyGroup):
    """Knows where the commands of prices live."""

    entries: ClassVar[dict[str, str]] = {
        "plan": "shopkit.cli.price_plan:plan",
        "approve": "shopkit.cli.price_ops:approve",
        "export": "shopkit.cli.price_ops:export",
        "rollback": "shopkit.cli.price_ops:rollback",
        "schedule": "shopkit.cli.price_ops:schedule",
        "check": "shopkit.cli.price_ops:check",
        "history": "shopkit.cli.price_history",
        "fit": "shopkit.cli.price_fit:fit",
    }


app = group("price", _Price)
for _name in _Price.entries:
    stand_in(app, _name, text(f"{_WORDS.get(_name, f'price_ops.{_name}')}.help"))
