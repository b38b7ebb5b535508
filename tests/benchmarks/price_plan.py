"""``price plan`` against a bare DuckDB query that reads, multiplies and writes the same columns.

python tests/benchmarks/price_plan.py [ROWS ...]    (3,000 and 1,000,000 without)
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import tempfile
from compileall import compile_dir
from pathlib import Path

import shopkit

RULES = (
    "rule_id,priority,category,tag,sku,price_from,price_to,stock_from,cover_from,age_from,"
    "action,value,ending,fee,margin,floor,history,cap\n"
    """shoes,1,c0,,,,,,,,percent,-10%,.90,5%,20%,,,20%
bags,1,c1,,,,,,,,percent,5%,.90,5%,20%,,,20%
hats,1,c2,,,,,,,,minus,5,.90,5%,10%,,,20%
belts,1,c3,,,,,,,,cost_plus,80%,.00,5%,10%,,,30%
socks,1,c4,,,,,,,,margin,35%,.90,5%,,,,30%
coats,1,c5,,,,,,,,clearance,60:-5%;120:-15%,.90,5%,10%,,,20%
dresses,1,c6,,,,,,,,percent,-3%,9.00,5%,15%,,yes,20%
shirts,1,c7,,,,,,,,set,199,.90,5%,10%,,,50%
cheap,3,,,,1,40,,,,minus,0,.90,5%,,,,
summer,2,,summer,,,,100,,,percent,-15%,.90,5%,10%,,,20%
old,4,,,,,,,200,365,percent,-20%,.90,5%,5%,,,25%
samples,9,,,S00001*,,,,,,minus,1,.90,5%,,9.90,,
"""
)
BARE = """
COPY (SELECT sku_id, item_id, sku_code, title, list_price AS old,
             CAST(CAST(list_price AS DECIMAL(18,2)) * 0.9 AS DECIMAL(18,2)) AS new, new AS final,
             cost AS floor, 'cost' AS floor_rule, '10.0' AS margin_percent,
             '-10.0' AS change_percent, '' AS reason, 'r' AS rule_id, '' AS effective_from,
             '' AS effective_to, 'changed' AS change, 'ok' AS status
      FROM read_csv('skus.csv', all_varchar = true, header = true))
TO 'bare.csv' (HEADER, DELIMITER ',')
"""


def write_catalogue(path: Path, rows: int) -> None:
    """A catalogue of so many SKUs, three to an item, one in two hundred without a cost."""
    draw = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        header = "sku_id,item_id,sku_code,title,category,tags,list_price,cost,stock,sold_30d"
        writer.writerow([*header.split(","), "created", "lowest_30d", "locked"])
        for number in range(rows):
            price = draw.randrange(2_000, 90_000)
            cost = "" if draw.random() < 0.005 else f"{price * 0.55 / 100:.2f}"
            writer.writerow(
                [f"S{number:07}", f"I{number // 3:07}", f"A-{number}", f"商品 {number}",
                 f"c{draw.randrange(8)}", draw.choice(["", "summer", "new;summer"]),
                 f"{price / 100:.2f}", cost, draw.randrange(400), draw.randrange(60),
                 f"202{draw.randrange(3, 6)}-0{draw.randrange(1, 10)}-11",
                 f"{price * 0.9 / 100:.2f}", draw.choice(["", "", "", "", "yes"])]
            )  # fmt: skip


def spent(folder: Path, *words: str) -> tuple[float, float]:
    """CPU seconds and peak MB of a run of Python in ``folder``."""
    child = os.fork()
    if not child:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.execv(sys.executable, [sys.executable, *words])
    _, _, used = os.wait4(child, 0)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(sizes: list[int]) -> None:
    """Print both, and their ratio, for each size."""
    compile_dir(Path(shopkit.__file__).parent, quiet=1)  # as pip leaves what it installs
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "shopkit.toml").write_text("", encoding="utf-8")
            (folder / "rules.csv").write_text(RULES, encoding="utf-8")
            write_catalogue(folder / "skus.csv", rows)
            asked = "price plan --catalog skus.csv --rules rules.csv -o plan --now 2026-11-22"
            plan, plan_mb = spent(folder, "-m", "shopkit", *asked.split())
            script = f"import duckdb; duckdb.sql('''{BARE}''')"
            bare, bare_mb = spent(folder, "-c", script)
            print(f"{rows} SKUs x 12 rules: plan {plan:.2f} s CPU, {plan_mb:.0f} MB; ", end="")
            print(f"bare query {bare:.2f} s, {bare_mb:.0f} MB; ratio {plan / bare:.1f}")
            told = json.loads((folder / "plan/plan.json").read_text(encoding="utf-8"))
            with (folder / "plan/held.csv").open(encoding="utf-8-sig", newline="") as file:
                causes = {row["reason"] for row in csv.DictReader(file)}
            print(
                f"  {told['changed']} change, {told['review']} wait: {len(causes)} causes to read"
            )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [3_000, 1_000_000])
