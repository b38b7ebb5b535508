"""SIGKILL at random moments: no half file, and the next run finishes with no code twice.

    python tests/benchmarks/killed.py [--kills 50] [--seed 1] [--work FOLDER]

`coupon create --codes` and `price export` each run as a process of its own and are killed at
moments spread over the whole run, again and again in one shop, until so many kills have hit; a run
that ends before its kill is followed by one with other content, so that there is work again.
After each kill every file under a final name must be whole: what an undisturbed run wrote for the
old content or for the new one, or not there at all. At the end one more run finishes it.
"""

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SHOPKIT = [sys.executable, "-m", "shopkit"]
NOW = ["--now", "2026-11-22"]
COUPONS, CODES, SKUS = 40, 2_000, 2_000


@dataclass(frozen=True)
class Job:
    """A command in a shop: how to give it its n-th content, its words, where its files stand."""

    name: str
    prepare: Callable[[Path, int], None]
    words: tuple[str, ...]
    out: str


def coupons(shop: Path, version: int) -> None:
    """A table of coupons; each version has other faces, and so other codes."""
    head = "券名称,类型,面额,门槛,发行量,每人限领,开始时间,结束时间"
    rows = [
        f"券{n},满减,{5 + n % 20},{100 + n + version},100,1,2026-12-01,2026-12-12"
        for n in range(COUPONS)
    ]
    (shop / "coupons.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")


def signed_plan(shop: Path, version: int) -> None:
    """A plan that somebody has signed; each version asks for other prices."""
    skus = [f"S{n},{n // 3},{100 + n % 90},{40 + n % 20}" for n in range(SKUS)]
    (shop / "skus.csv").write_text(
        "\n".join(["sku_id,item_id,一口价,成本", *skus, ""]), encoding="utf-8"
    )
    rules = f"rule_id,priority,action,value\nall,1,minus,{1 + version % 9}\n"
    (shop / "rules.csv").write_text(rules, encoding="utf-8")
    plan = ["price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "plan"]
    for words in ([*plan, "--force"], ["price", "approve", "plan", "--by", "Li Na"]):
        start(shop, [*words, *NOW]).wait()


JOBS = (
    Job(
        "coupon create",
        coupons,
        ("coupon", "create", "coupons.csv", "-o", "out", "--codes", str(CODES), *NOW),
        "out",
    ),
    Job(
        "price export",
        signed_plan,
        ("price", "export", "plan", "--profile", "taobao", "-o", "up", *NOW),
        "up",
    ),
)


def start(shop: Path, words: list[str]) -> subprocess.Popen[bytes]:
    """Begin a run of shopkit in a process group of its own."""
    return subprocess.Popen(
        [*SHOPKIT, *words],
        cwd=shop,
        env={**os.environ, "SHOPKIT_CODE_KEY": "key", "XDG_STATE_HOME": str(shop / "log")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a final name (scratch folders begin with a dot)."""
    files = (file for file in folder.rglob("*") if file.is_file())
    names = {str(file.relative_to(folder)): file for file in files}
    return {name: file.read_bytes() for name, file in names.items() if not name.startswith(".")}


def calm(job: Job, work: Path) -> Iterator[tuple[dict[str, bytes], float]]:
    """What undisturbed runs of each version leave, one after the other, and their seconds."""
    shop = work / f"calm {job.name}"
    shop.mkdir()
    (shop / "shopkit.toml").touch()
    version = 0
    while True:
        job.prepare(shop, version)
        begun = time.monotonic()
        start(shop, list(job.words)).wait()
        yield contents(shop / job.out), time.monotonic() - begun
        version += 1


def kill_again_and_again(job: Job, work: Path, kills: int, chance: random.Random) -> list[str]:
    """Kill until so many have hit; returns what went wrong."""
    shop, wrong = work / job.name, []
    shop.mkdir()
    (shop / "shopkit.toml").touch()
    undisturbed = calm(job, work)
    before: dict[str, bytes] = {}
    (now, seconds), version, hit, whole = next(undisturbed), 0, 0, 0
    job.prepare(shop, version)
    while hit < kills:
        run = start(shop, list(job.words))
        try:
            run.wait(chance.uniform(0.05, seconds * 1.05))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            hit += 1
        found = contents(shop / job.out)
        odd = [
            name for name, text in found.items() if text not in (before.get(name), now.get(name))
        ]
        odd = [name for name in odd if name != "results.csv"]  # it tells new from unchanged
        wrong += [f"{name} is neither old nor new after {hit} kills" for name in odd]
        wrong += [name for name, text in found.items() if not text.endswith(b"\n")]
        if run.returncode == 0:
            whole += 1
            before = now
            (now, seconds), version = next(undisturbed), version + 1
            job.prepare(shop, version)
    code = start(shop, list(job.words)).wait()
    left = contents(shop / job.out)
    wrong += [f"exit {code}"] if code else []
    wrong += [f"{name} differs at the end" for name in now
              if name != "results.csv" and left.get(name) != now[name]]  # fmt: skip
    wrong += [f"{name} was left" for name in set(left) - set(now)]
    wrong += [f"scratch {path.name}" for path in (shop / job.out).glob(".shopkit-*")]
    if (shop / job.out / "codes.csv").exists():
        wrong += twice(shop / job.out / "codes.csv")
    print(
        f"{job.name}: {hit} kills over {seconds:.2f} s, {whole + 1} runs came to their end", end=""
    )
    print(f", {len(wrong)} faults" + "".join(f"\n  {one}" for one in wrong[:9]), flush=True)
    return wrong


def twice(file: Path) -> list[str]:
    """Codes that are there twice, or are not as many as asked for."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        codes = [row["code"] for row in csv.DictReader(stream)]
    ok = len(codes) == len({code.casefold() for code in codes}) == COUPONS * CODES
    return [] if ok else [f"{len(codes)} codes, {len(set(codes))} different"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    wrong: list[str] = []
    for job in JOBS:
        work = given.work or Path(tempfile.mkdtemp())
        try:
            wrong += kill_again_and_again(job, work, given.kills, random.Random(given.seed))
        finally:
            if given.work is None:
                shutil.rmtree(work, ignore_errors=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
