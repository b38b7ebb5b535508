"""``shopkit price``: prices planned, approved, exported, taken back and watched."""

from __future__ import annotations

from shopkit.cli import price_fit, price_ops, price_plan, price_was
from shopkit.cli.command import command, group

app = group("price")
command(app, "price.plan")(price_plan.plan)
for _name in ("approve", "export", "rollback", "schedule", "check"):
    command(app, f"price_ops.{_name}")(getattr(price_ops, _name))
command(price_ops.history, "price_history.check")(price_was.check)
app.add_typer(price_ops.history, name="history")
command(app, "price_fit.fit")(price_fit.fit)
