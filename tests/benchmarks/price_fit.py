"""How near `price fit` and the proposals come to the known best.

    python tests/benchmarks/price_fit.py [--seeds 300-305] [--hard]

Histories with planted elasticities come from ../shared/bench/tables (make_truth.py), harder ones
from price_sets.py. `shopkit price fit` reads the history and never the truth; score.py judges.
Rules: floor_price of the catalogue, change at most 20 %, grid 0.1, objective profit. Beside it
stand doing nothing, cost + 50 %, and the per-SKU log-log regression of most notebooks.
The choice under limits stands beside an integer program in price_optimum.py.
"""

import argparse
import csv
import importlib.util
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from price_sets import WORLDS, make_set

from shopkit.offers.demand import REACH, Demand
from shopkit.offers.elasticities import read_elasticities
from shopkit.offers.propose import Goods, propose

BENCH = Path(__file__).parents[3] / "shared" / "bench" / "tables"
RULES = "rule_id,priority,sku,action,value,cap\nall,1,*,percent,0%,20%\n"
SHOPKIT = [sys.executable, "-m", "shopkit"]


def main() -> None:
    """Print a line a history."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="dev")
    parser.add_argument("--hard", action="store_true")
    given = parser.parse_args()
    print(f"{'history':>22} {'way':>12} profit/best  MAE  violations  inside 90 %  CPU s")
    for seed in _seeds(given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            _make_truth(Path(folder), seed)
            report(f"seed {seed}", Path(folder))
        for name, world in WORLDS.items() if given.hard else ():
            with tempfile.TemporaryDirectory() as folder:
                make_set(Path(folder), world, 11 if seed == "dev" else int(seed))
                report(f"{name} {seed}", Path(folder), beside=False)


def _seeds(words: str) -> list[str]:
    first, _, last = words.partition("-")
    return [str(seed) for seed in range(int(first), int(last) + 1)] if last else words.split(",")


def _make_truth(folder: Path, seed: str) -> None:
    which = ["--split", seed] if seed in ("dev", "held") else ["--seed", seed]
    small = ["--lines", "300", "--sessions", "50"]
    script = str(BENCH / "make_truth.py")
    subprocess.run(
        [sys.executable, "-B", script, str(folder), *which, *small], check=True, capture_output=True
    )


def report(name: str, folder: Path, *, beside: bool = True) -> None:
    """Fit, propose and score one history; the other ways beside it."""
    goods = read_goods(folder / "catalogue.csv")
    begun = _children()
    demand, prices = planned(folder, goods)
    spent = _children() - begun
    ways = {}
    if beside:
        nothing = np.zeros(0)
        ways["do nothing"] = (goods.price, nothing)
        ways["cost + 50 %"] = (_within(goods, goods.cost * 1.5), nothing)
        ways["log-log OLS"] = log_log(folder / "sales_history.csv", goods)
    ways["shopkit"] = (prices, demand.of(goods.skus).elasticity)
    for way, (prices, elasticity) in ways.items():
        told = score(folder, goods.skus, prices, elasticity)
        own = f"{inside(folder, demand):11.3f} {spent:6.2f}" if way == "shopkit" else ""
        error = told["elasticity_MAE"] if told["elasticity_MAE"] is not None else math.nan
        figures = f"{told['profit/best']:11.4f} {error:5.3f} {told['violations']:10d}"
        print(f"{name:>22} {way:>12} {figures} {own}", flush=True)
    if not all(demand.known):
        print(f"{'':>22} {int((~demand.known).sum())} SKUs without an estimate of their own")


def _children() -> float:
    import resource

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def planned(folder: Path, goods: Goods) -> tuple[Demand, np.ndarray]:
    """What `price fit` and then `price plan --objective profit` make of it, called as typed."""
    with tempfile.TemporaryDirectory() as name:
        shop = Path(name)
        (shop / "shopkit.toml").touch()
        (shop / "rules.csv").write_text(RULES, encoding="utf-8")
        history, catalogue = folder / "sales_history.csv", folder / "catalogue.csv"
        _shopkit(shop, f"price fit --sales {history} -o elasticities.csv")
        goal = "--objective profit --elasticities elasticities.csv"
        _shopkit(shop, f"price plan --catalog {catalogue} --rules rules.csv {goal} -o plan")
        with (shop / "plan/plan.csv").open(encoding="utf-8-sig") as stream:
            new = {row["sku_id"]: round(float(row["new"]) * 100) for row in csv.DictReader(stream)}
        return read_elasticities(shop / "elasticities.csv"), np.array([new[s] for s in goods.skus])


def _shopkit(shop: Path, words: str) -> None:
    line = [*SHOPKIT, *words.split(), "--quiet"]
    subprocess.run(line, cwd=shop, check=True, capture_output=True)


def read_goods(path: Path) -> Goods:
    """The catalogue under the rules of the benchmark."""
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))

    def cents(name: str) -> np.ndarray:
        return np.array([round(float(row[name]) * 100) for row in rows], np.int64)

    price, floor = cents("price"), cents("floor_price")
    return Goods(
        skus=tuple(row["sku"] for row in rows),
        price=price,
        cost=cents("cost"),
        lowest=np.maximum(floor, -(-price * 8 // 10)),
        highest=price * 12 // 10,
        step=np.full(len(rows), 10),
        ending=np.zeros(len(rows), np.int64),
        stock=np.full(len(rows), -1),
    )


def _within(goods: Goods, wanted: np.ndarray) -> np.ndarray:
    low = -(-goods.lowest // 10) * 10
    tidy = np.round(wanted / 10).astype(np.int64) * 10
    return np.clip(tidy, low, np.maximum(low, goods.highest // 10 * 10))


def log_log(history: Path, goods: Goods) -> tuple[np.ndarray, np.ndarray]:
    """log(units) on log(price) for every SKU by itself, days with sales only; best price of it."""
    sold: dict[str, list[tuple[float, float]]] = {}
    with history.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if float(row["units"]) > 0:
                point = (math.log(float(row["price"])), math.log(float(row["units"])))
                sold.setdefault(row["sku"], []).append(point)
    slopes = []
    for sku in goods.skus:
        x, y = np.array(sold[sku]).T
        slopes.append(((x - x.mean()) * y).sum() / max(((x - x.mean()) ** 2).sum(), 1e-9))
    elasticity = np.array(slopes)
    demand = Demand(
        goods.skus,
        goods.price,
        np.ones(len(slopes)),
        np.zeros(len(slopes)),
        elasticity,
        np.zeros(len(slopes)),
        ("",) * len(slopes),
    )
    return propose(goods, demand).price, elasticity


def score(folder: Path, skus: tuple[str, ...], prices: np.ndarray, elasticity: np.ndarray) -> dict:
    """What score.py says of ``sku,price,elasticity`` in plain UTF-8."""
    spec = importlib.util.spec_from_file_location("score", BENCH / "score.py")
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    plan = folder / "plan.csv"
    with plan.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["sku", "price", "elasticity"])
        slopes = elasticity if len(elasticity) else np.full(len(skus), np.nan)
        for sku, price, slope in zip(skus, prices, slopes, strict=True):
            told = "" if math.isnan(slope) else f"{slope:.4f}"
            writer.writerow([sku, f"{price / 100:.2f}", told])
    with plan.open(encoding="utf-8") as stream:
        return judge.price(str(folder), list(csv.DictReader(stream)))


def inside(folder: Path, demand: Demand) -> float:
    """The share of true elasticities that lie in their 90 % interval."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["price"]["elasticity"]
    true = np.array([truth[sku] for sku in demand.skus])
    known = demand.known
    off = np.abs(true - demand.elasticity)[known]
    return float((off <= REACH * demand.elasticity_error[known]).mean())


if __name__ == "__main__":
    main()
