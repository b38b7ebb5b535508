"""``shopkit price``: prices planned, approved, exported, taken back and watched."""

from __future__ import annotations

from shopkit.cli import price_fit, price_plan
from shopkit.cli.command import command, group

app = group("price")
command(app, "price.plan")(price_plan.plan)
command(app, "price_fit.fit")(price_fit.fit)
