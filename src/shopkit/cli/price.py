"""``shopkit price``: prices planned, approved, exported, taken back and watched."""

from __future__ import annotations

from shopkit.cli import price_fit
from shopkit.cli.command import command, group

app = group("price")
command(app, "price_fit.fit")(price_fit.fit)
