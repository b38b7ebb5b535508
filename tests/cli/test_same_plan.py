"""One catalogue in every form it comes in gives one plan, or says which cell was mangled."""

import csv
from pathlib import Path

import openpyxl
import pytest

GOODS = '''商品SKUID,商品ID,商家编码,标题,类目,一口价,成本,库存,创建时间
683012345678901234,00123,1E5,跑鞋，黑,鞋,"1,399.00",￥180,10,2026-01-05
683012345678901235,00123,NA,"板鞋 ""白""",鞋,250.5,100,--,2026/01/05
683012345678901236,00456,000789,棉袜,袜,99.95,60,7,
合计,,,,,1749.45,,17,
'''
RULES = """规则编号,优先级,类目,动作,数值,尾数
shoes,1,鞋,percent,-10%,.90
socks,1,袜,minus,5,
"""


def planned(shop: Path, shopkit, name: str) -> tuple[int, list[dict[str, str]]]:
    (shop / "rules.csv").write_text(RULES, encoding="utf-8")
    words = f"price plan --catalog {name} --rules rules.csv -o plan --force --now 2026-11-22"
    ended = shopkit(*words.split())
    assert ended.code in (0, 4), ended.err
    with (shop / "plan/plan.csv").open(encoding="utf-8-sig", newline="") as stream:
        return ended.code, list(csv.DictReader(stream))


def as_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in csv.reader(GOODS.splitlines()):
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize(
    ("name", "encoding", "mark"),
    [
        ("skus.csv", "gb18030", ""),
        ("skus.csv", "utf-8-sig", ""),
        ("skus.csv", "utf-16", ""),
        ("skus.csv", "utf-8", "导出时间：2026-11-22\n\n"),  # lines above the header
    ],
)
def test_encodings_and_a_preamble(shop, shopkit, name, encoding, mark):
    (shop / "plain.csv").write_text(GOODS, encoding="utf-8")
    plain = planned(shop, shopkit, "plain.csv")
    (shop / name).write_bytes((mark + GOODS).encode(encoding))
    assert planned(shop, shopkit, name) == plain
    assert [(row["sku_code"], row["new"]) for row in plain[1]] == [
        ("1E5", "1258.90"),
        ("NA", "224.90"),
        ("000789", "94.95"),
    ]


def test_a_workbook(shop, shopkit):
    (shop / "plain.csv").write_text(GOODS, encoding="utf-8")
    plain = planned(shop, shopkit, "plain.csv")
    as_workbook(shop / "skus.xlsx")
    assert planned(shop, shopkit, "skus.xlsx") == plain


def test_what_excel_has_shortened_is_a_failed_row_with_the_fix(shop, shopkit):
    mangled = GOODS.replace("683012345678901234", "6.83012E+17")
    (shop / "skus.csv").write_text(mangled, encoding="gb18030")
    code, rows = planned(shop, shopkit, "skus.csv")
    assert (code, len(rows)) == (4, 2)
    with (shop / "plan/rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["row"], row["value"], row["rule"]) == ("2", "6.83012E+17", "digits_lost")
    assert "export" in row["fix"].lower()
