"""``shopkit coupon create --codes``: their look, codes in use elsewhere, the chance of a guess."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

COUPONS = """券名称,类型,面额,门槛,发行量,开始时间,结束时间
老客券,满减,20,199,5,2030-01-01,2030-02-01
新客券,满减,10,99,5,2030-01-01,2030-02-01
"""


@pytest.fixture
def create(shop: Path, shopkit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SHOPKIT_CODE_KEY", "a key that only the shop knows")
    (shop / "coupons.csv").write_text(COUPONS, encoding="utf-8")
    return lambda *more, out="out": shopkit("coupon", "create", "coupons.csv", "-o", out, *more)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_prefix_and_a_length_and_the_chance_of_a_guess(create, shop):
    ended = create("--codes", "5", "--code-prefix", "vip-", "--code-length", "12")
    assert ended.code == 0
    codes = [row["code"] for row in rows(shop / "out/codes.csv")]
    assert len(set(codes)) == 10
    assert {(code[:4], len(code)) for code in codes} == {("VIP-", 17)}
    assert "a chance of 1.3e-17" in ended.err
    assert {row["guess"] for row in rows(shop / "out/results.csv")} == {"6.3e-18", "1.3e-17"}


def test_codes_that_can_be_guessed_are_refused_and_none_is_made(create, shop):
    ended = create("--codes", "500", "--code-length", "4")
    assert ended.code == 3
    assert "Take 7 characters" in ended.err
    assert not (shop / "out/codes.csv").exists()


def test_codes_in_use_are_never_made_and_what_is_wrong_with_them_is_listed(create, shop):
    create("--codes", "5", out="first")
    mine = rows(shop / "first/codes.csv")
    lines = ["code", "SUMMER1", "summer1", mine[7]["code"].lower(), "two words"]
    (shop / "in-use.csv").write_text("\n".join(lines), encoding="utf-8")
    ended = create("--codes", "5", "--codes-in-use", "in-use.csv", out="first")
    assert ended.code == 0
    assert "1 codes in use are new, 0 were known, 3 are wrong or twice" in ended.err
    assert f"line 4: {mine[7]['code']} is a code of 新客券" in ended.err
    assert [(row["row"], row["rule"]) for row in rows(shop / "first/rejects.csv")] == [
        ("3", "code_twice"),
        ("4", "code_ours"),
        ("5", "code_unreadable"),
    ]
    assert rows(shop / "first/codes.csv") == mine


def test_a_code_somebody_else_uses_is_passed_over(create, shop, tmp_path_factory, monkeypatch):
    create("--codes", "5", out="plain")
    mine = [row["code"] for row in rows(shop / "plain/codes.csv")]
    other = tmp_path_factory.mktemp("other")
    (other / "shopkit.toml").touch()
    (other / "coupons.csv").write_text(COUPONS, encoding="utf-8")
    (other / "in-use.txt").write_text(mine[0] + "\n", encoding="utf-8")
    monkeypatch.chdir(other)
    create("--codes", "5", "--codes-in-use", "in-use.txt")
    made = [row["code"] for row in rows(other / "out/codes.csv")]
    assert made[:4] == mine[1:5]
    assert made[5:] == mine[5:]
    assert mine[0] not in made


def test_woocommerce_takes_a_hundred_codes_a_batch(create, shop):
    assert create("--codes", "230", "--profile", "woocommerce").code == 0
    parts = sorted(path.name for path in (shop / "out/codes").iterdir())
    assert parts[:3] == ["0001-00001.csv", "0001-00002.csv", "0001-00003.csv"]
    sizes = [len((shop / "out/codes" / name).read_text().split()) - 1 for name in parts[:3]]
    assert sizes == [100, 100, 30]
