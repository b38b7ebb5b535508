"""``shopkit coupon create``: two hundred rows in one step, and nothing twice."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "券名称,类型,面额,门槛,发行量,每人限领,开始时间,结束时间,推广渠道"
BAD = {
    7: "券7,折扣,8,,100,1,2026-12-01,2026-12-12,全网自动推广",
    90: "券90,满减,50,30,100,1,2026-12-01,2026-12-12,全网自动推广",
    150: "券150,满减,5,50,100,1,2026-12-12,2026-12-01,全网自动推广",
}
NOW = ("--now", "2026-11-22")


def table(folder: Path, rows: int = 200, bad: dict[int, str] = BAD) -> Path:
    good = "券{n},满减,{face},{at},100,1,2026-12-01,2026-12-12,全网自动推广"
    lines = [bad.get(n) or good.format(n=n, face=5 + n % 20, at=50 + n) for n in range(rows)]
    (folder / "coupons.csv").write_text("\n".join([HEAD, *lines, ""]), encoding="gb18030")
    return folder / "coupons.csv"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_200_rows_with_3_bad_ones(shop, shopkit):
    table(shop)
    ended = shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW, "--json")
    assert ended.code == 4
    summary = ended.envelope["summary"]
    assert (summary["ok"], summary["failed"]) == (197, 3)
    rejects = read(shop / "out/rejects.csv")
    assert [(one["row"], one["column"], one["rule"]) for one in rejects] == [
        ("9", "面额", "discount_unit_unknown"),
        ("92", "门槛", "face_not_below_threshold"),
        ("152", "结束时间", "window_reversed"),
    ]
    assert all(one["fix"] for one in rejects)
    assert len(read(shop / "out/upload-generic.csv")) == 197
    assert [row["id"] for row in read(shop / "out/results.csv")][:2] == ["券0", "券1"]


def test_the_second_run_makes_none(shop, shopkit):
    table(shop)
    shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW)
    before = {path: path.stat().st_mtime_ns for path in (shop / "out").iterdir()}
    ended = shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW)
    assert ended.code == 4
    assert "0 made, 0 changed, 197 already there" in ended.err
    after = {path: path.stat().st_mtime_ns for path in (shop / "out").iterdir()}
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert changed <= {"results.csv"}  # there "new" has become "unchanged"


def test_a_coupon_made_into_another_folder_is_asked_about(shop, shopkit):
    table(shop, 3, {})
    shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW)
    ended = shopkit("coupon", "create", "coupons.csv", "-o", "again", *NOW, "--json")
    assert {row["reason"] for row in ended.envelope["rows"]} == {"coupon_made_elsewhere"}


def test_units_are_the_platforms_own(shop, shopkit):
    rows = {0: "减,满减,20,199,100,1,2026-12-01,2026-12-12,", 1: "折,折扣,8折,,100,1,,,"}
    table(shop, 2, rows)
    wanted = {
        "taobao": [("20", "199", ""), ("", "0", "800")],
        "woocommerce": [("20.00", "199.00"), ("20.00", "")],
        "shopify": [("", "20.00", "199.00"), ("0.2000", "", "")],
    }
    columns = {
        "taobao": ("denominations", "condition", "discount_rate"),
        "woocommerce": ("amount", "minimum_amount"),
        "shopify": (
            "customerGets.value.percentage",
            "customerGets.value.discountAmount.amount",
            "minimumRequirement.subtotal.greaterThanOrEqualToSubtotal",
        ),
    }
    for profile, cells in wanted.items():
        shopkit(
            "coupon", "create", "coupons.csv", "-o", profile, "--profile", profile, *NOW, "--force"
        )
        upload = read(shop / profile / f"upload-{profile}.csv")
        assert [tuple(row[name] for name in columns[profile]) for row in upload] == cells


LADDER = "阶梯券,满减,满200减20;满300减40,,{total},,2026-12-01,2026-12-12,"


def ladder(shop, shopkit, total: str, *more: str):
    """The row of a ladder coupon, and its rows in the upload file."""
    table(shop, 1, {0: LADDER.format(total=total)})
    words = ("coupon", "create", "coupons.csv", "-o", "out", *NOW, "--json", "--force", *more)
    [row] = shopkit(*words).envelope["rows"]
    return row, [line for file in (shop / "out").glob("upload-*.csv") for line in read(file)]


def test_a_ladder_becomes_a_coupon_a_step_where_an_order_takes_one(shop, shopkit):
    row, upload = ladder(shop, shopkit, "", "--profile", "tmall")
    assert (row["status"], row["warnings"]) == ("ok", "ladder_split")
    assert [(one["denominations"], one["condition"]) for one in upload] == [
        ("20", "200"),
        ("40", "300"),
    ]


@pytest.mark.parametrize("more", [("--profile", "woocommerce"), ("--profile", "shopify")])
def test_a_ladder_fails_where_coupons_of_its_steps_would_add_up(shop, shopkit, more):
    row, upload = ladder(shop, shopkit, "", *more)
    assert (row["status"], row["reason"], upload) == ("failed", "ladder_not_on_platform", [])


def test_a_ladder_with_a_total_is_no_two_coupons_with_that_total(shop, shopkit):
    """1,000 of at most 40 cost 40,000; 1,000 of each step would cost 60,000."""
    row, upload = ladder(shop, shopkit, "1000", "--profile", "tmall")
    assert (row["reason"], upload) == ("ladder_not_on_platform", [])
    assert row["exposure"] == "40000.00"


def test_our_own_table_takes_a_ladder_as_rows_of_one_name(shop, shopkit):
    row, upload = ladder(shop, shopkit, "1000")
    assert (row["status"], row["warnings"]) == ("ok", "")
    assert [(one["name"], one["threshold"]) for one in upload] == [
        ("阶梯券", "200.00"),
        ("阶梯券", "300.00"),
    ]


def test_woocommerce_takes_a_hundred_a_batch(shop, shopkit):
    table(shop, 150, {})
    shopkit("coupon", "create", "coupons.csv", "-o", "out", "--profile", "woocommerce", *NOW)
    parts = sorted(path.name for path in (shop / "out").glob("upload-*.csv"))
    assert parts == ["upload-woocommerce-001.csv", "upload-woocommerce-002.csv"]
    assert [len(read(shop / "out" / name)) for name in parts] == [100, 50]


def test_without_a_key_no_codes_and_nothing_is_written(shop, shopkit, monkeypatch):
    monkeypatch.delenv("SHOPKIT_CODE_KEY", raising=False)
    table(shop, 3, {})
    ended = shopkit("coupon", "create", "coupons.csv", "-o", "out", "--codes", "5", *NOW)
    assert ended.code == 6
    assert not (shop / "out").exists()


def test_codes_are_the_same_again_and_all_different(shop, shopkit, monkeypatch):
    monkeypatch.setenv("SHOPKIT_CODE_KEY", "a key for tests")
    table(shop, 3, {})
    words = ("coupon", "create", "coupons.csv", "-o", "out", "--codes", "300", *NOW)
    assert shopkit(*words, "--profile", "shopify").code == 0
    codes = [row["code"] for row in read(shop / "out/codes.csv")]
    assert len(set(codes)) == len(codes) == 900
    assert not set("01ILO") & set("".join(codes))
    first = (shop / "out/codes/0001-00001.csv").read_text().split()
    assert first == ["code", *codes[:250]]  # 250 a call
    content = (shop / "out/codes.csv").read_bytes()
    shopkit(*words, "--profile", "shopify")
    assert (shop / "out/codes.csv").read_bytes() == content


def test_the_list_for_people_says_what_it_may_cost(shop, shopkit):
    table(shop, 1, {0: "老客券,满减,20,199,1000,1,2026-12-01,2026-12-12,"})
    shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW)
    told = (shop / "out/list.md").read_text(encoding="utf-8")
    assert "1 coupon, at most 20000.00 in all" in told
    assert "from 199.00: 20.00 off" in told


@pytest.mark.slow
def test_killed_at_random_moments_no_half_file_and_no_code_twice(tmp_path):
    (tmp_path / "shopkit.toml").touch()
    table(tmp_path, 40, {})
    words = [sys.executable, "-m", "shopkit", "coupon", "create", "coupons.csv", "-o", "out"]
    words += ["--codes", "500", *NOW, "--json"]
    env = {**os.environ, "SHOPKIT_CODE_KEY": "k", "XDG_STATE_HOME": str(tmp_path / "log")}
    chance = random.Random(7)
    for _ in range(12):
        run = subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.PIPE)
        try:
            run.communicate(timeout=chance.uniform(0.3, 1.1))
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
        for path in (tmp_path / "out").glob("*.csv"):
            assert path.read_bytes().endswith(b"\n")
        if (tmp_path / "out/codes.csv").exists():
            assert len(read(tmp_path / "out/codes.csv")) == 40 * 500
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, check=True)
    assert json.loads(done.stdout)["summary"]["ok"] == 40
    codes = [row["code"] for row in read(tmp_path / "out/codes.csv")]
    assert len(set(codes)) == 40 * 500
    assert not list((tmp_path / "out").glob(".shopkit-*"))
