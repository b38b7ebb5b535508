"""``shopkit promo``: shop promotions made from a table, and what a basket costs under them."""

from __future__ import annotations

from shopkit.cli import promo_quote
from shopkit.cli.command import command, group

app = group("promo")
command(app, "promo_quote.quote")(promo_quote.quote)
