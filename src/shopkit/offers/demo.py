"""The demo's prices: coupons made and a catalogue planned from the example tables, offline."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from shopkit.offers import coupon_run, plan_run
from shopkit.offers.coupons import judge_coupons
from shopkit.offers.periods import periods_of
from shopkit.offers.plan import make_plan
from shopkit.offers.plan_catalogue import catalogue_of
from shopkit.offers.price_rules import read_rules
from shopkit.offers.read_offers import read_offers
from shopkit.offers.reading import PLACEMENT, reading_of
from shopkit.offers.upload import PLACEMENT as COUPONS
from shopkit.runtime.columns import open_columns, open_database
from shopkit.runtime.examples import lay_out
from shopkit.runtime.profiles import load_profile
from shopkit.runtime.settings import load_settings
from shopkit.runtime.shop import make_shop
from shopkit.runtime.state import State
from shopkit.runtime.typed import load_rows

_TABLES = ("skus.csv", "rules.csv", "offers.csv", "coupons.csv")


def run_demo(out: Path, *, now: datetime) -> tuple[Path, Path]:
    """Make ``out`` a shop and run two jobs in it: its coupons and its prices.

    Returns the list of the coupons and the page of the plan. A second run changes nothing.
    Raises InputRefused where ``out`` cannot be written.
    """
    shop = make_shop(out).folder.resolve()
    lay_out(shop, _TABLES)
    with State(load_settings(start=shop, environment={}).state_path) as state:
        judged = judge_coupons(load_rows("coupons", shop / "coupons.csv"), now)
        coupons = load_profile(f"tmall-{COUPONS}")
        coupon_run.create(judged, shop / "coupons", coupons, state=state, now=now)
        with open_database() as db:
            catalogue = catalogue_of(open_columns("catalog", shop / "skus.csv", db), now)
            rules, _ = read_rules(shop / "rules.csv")
            offers = periods_of(read_offers(shop / "offers.csv").offers, now)
            reading = reading_of(load_profile(f"tmall-{PLACEMENT}"))
            plan = make_plan(catalogue, rules, offers, reading)
            plan_run.write_plan(plan, shop / "plan", state=state, now=now)
    return shop / "coupons" / "list.md", shop / "plan" / "plan.html"
