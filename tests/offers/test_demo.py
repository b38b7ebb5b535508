"""The demo's prices: the example shop's own tables, done for real and done once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shopkit.offers.demo import run_demo

NOW = datetime(2026, 11, 22, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_the_demo_makes_coupons_and_a_plan_and_the_second_run_changes_nothing(tmp_path):
    listed, page = run_demo(tmp_path / "demo", now=NOW)
    assert "双12满减券" in listed.read_text(encoding="utf-8")
    assert "跑鞋" in page.read_text(encoding="utf-8")
    made = {path: path.read_bytes() for path in (tmp_path / "demo").rglob("*.csv")}
    run_demo(tmp_path / "demo", now=NOW)
    again = {path: path.read_bytes() for path in (tmp_path / "demo").rglob("*.csv")}
    changed = {path.name for path in made if again[path] != made[path]}
    assert changed <= {"results.csv"}  # it says that nothing had to be made
