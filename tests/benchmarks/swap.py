"""Swaps with a known right answer: three runs over ../shared/bench/swap, beside its baselines.

    python tests/benchmarks/swap.py [--set DIR] [--out DIR] [--jobs N] [--runs box+old,box,old]

The old product is given by its box and its own photo, by its box alone, by its photo alone; always
``--color adapt`` and shopkit's own cut-out. Prints score.py's table of each run beside the
baselines of that folder's README, and what only shopkit knows: how many are ok or for review, those
marked ok with a gain under 0.2 (a fault), how well the place was found, the greatest difference
outside the region that the side-car declares, and the one-light figures.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from shopkit.image.picture import Box
from shopkit.image.read import read_picture
from shopkit.image.sidecar import Sidecar, read_sidecar

BENCH = Path(__file__).parents[3] / "shared" / "bench" / "swap"
RUNS = {"box+old": ("box", "old"), "box": ("box",), "old": ("old",)}
BASELINES = ("g the afternoon", "d2 ", "h ", "f2 ")
FAULTY_GAIN = 0.2
FOUND = 0.7  # IoU of boxes from which on a place counts as found


class Run:
    """One run over all cases: the table that goes in, and what comes out."""

    def __init__(self, name: str, cases: Path, out: Path) -> None:
        self.name, self.cases, self.out = name, cases, out / name
        self.ids = sorted(file.parent.name for file in cases.glob("*/case.json"))

    def swap(self, jobs: int) -> None:
        """Run ``shopkit image swap`` on a table of all cases, in a shop of its own."""
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "shopkit.toml").touch()
        rows = [self._row(case) for case in self.ids]
        with (self.out / "jobs.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        words = ["image", "swap", "--batch", "jobs.csv", "-o", ".", "--jobs", str(jobs), "-q"]
        command = [sys.executable, "-m", "shopkit", *words, "--force"]
        subprocess.run(command, cwd=self.out, stdout=subprocess.DEVNULL, check=False)

    def score(self) -> dict[str, dict[str, float]]:
        """Print score.py's table; return its figures by case."""
        figures = self.out / "scores.json"
        words = ["--set", self.cases, "--out", self.out, "--json", figures, "--label", self.name]
        subprocess.run([sys.executable, BENCH / "score.py", *map(str, words)], check=True)
        return {row["case"]: row for row in json.loads(figures.read_text())["rows"]}

    def results(self) -> dict[str, dict[str, str]]:
        """The rows of results.csv by case."""
        with (self.out / "results.csv").open(encoding="utf-8-sig", newline="") as stream:
            return {row["id"]: row for row in csv.DictReader(stream)}

    def truth(self, case: str) -> Box:
        """Where the old product really is."""
        told = json.loads((self.cases / case / "case.json").read_text())
        x0, y0, x1, y1 = map(round, told["visible_box_old"])
        return Box(x0, y0, x1 - x0, y1 - y0)

    def _row(self, case: str) -> dict[str, str]:
        folder = (self.cases / case).resolve()
        given = {
            "box": ",".join(map(str, self.truth(case))),
            "old": str(folder / "old_product.png"),
        }
        fixed = {"scene": str(folder / "scene.png"), "product": str(folder / "product.png")}
        return {"id": case, **fixed, "color": "adapt", **{k: given[k] for k in RUNS[self.name]}}


def tell(run: Run, scores: dict[str, dict[str, float]]) -> None:
    """Print what the run says of itself, case by case and together."""
    faults, found, strayed, lights = [], {}, [], []
    results = run.results()
    for case in run.ids:
        row = results[case]
        if row["status"] == "failed":
            print(f"{case}: failed, {row['detail']}")
            continue
        told = read_sidecar(run.out / f"{case}.png.json")
        found[case] = Box(*told.places[0].old_box).iou(run.truth(case))
        strayed.append(outside(run, case, told))
        lights.append((told.scores.delta_e_own or 0.0, told.scores.hue_shift or 0.0))
        if row["status"] == "ok" and scores[case]["gain"] < FAULTY_GAIN:
            faults.append(case)
        print(
            f"{case}: {row['status']:6} {row['reason'] or '-':20} gain {scores[case]['gain']:.3f}"
            f"  confidence {row['confidence']}  place IoU {found[case]:.3f} by {told.places[0].by}"
            f"  light {row['light']}  ΔE {row['delta_e']} own {row['delta_e_own']}"
        )
    ok = [case for case in run.ids if results[case]["status"] == "ok"]
    wrong = [case for case in ok if found[case] < FOUND]
    print(f"ok {len(ok)}, review {len(found) - len(ok)}, failed {len(run.ids) - len(found)}")
    print(f"ok with a gain under {FAULTY_GAIN}: {len(faults)} {' '.join(faults)}")
    right = sum(iou > FOUND for iou in found.values())
    print(f"place found (IoU over {FOUND}): {right} of {len(run.ids)}")
    print(f"place wrong and ok: {len(wrong)} {' '.join(wrong)}")
    print(f"greatest difference outside the declared region: {max(strayed, default=0)}")
    own, hue = (max(values, default=0) for values in zip(*lights, strict=True))
    print(f"one light: largest own ΔE {own:.2f} (at most 2), hue {hue:.2f}° (at most 3)\n")


def outside(run: Run, case: str, told: Sidecar) -> int:
    """The greatest difference to the scene outside the region that the side-car declares."""
    scene = read_picture(run.cases / case / "scene.png").rgb
    after = read_picture(run.out / f"{case}.png").rgb
    region = told.region.mask((scene.shape[1], scene.shape[0]))
    return int(abs(after.astype(int) - scene)[~region].max(initial=0))


def baselines() -> None:
    """Print the rows of the README's table that a swap must beat."""
    lines = (BENCH / "README.md").read_text(encoding="utf-8").splitlines()
    head = next(line for line in lines if line.startswith("| | gain"))
    table = [line for line in lines if line.count("|") == head.count("|")]
    print(head, *(line for line in table if line[2:].startswith(BASELINES)), sep="\n")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, default=BENCH / "dev")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", default=",".join(RUNS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        baselines()
        for name in given.runs.split(","):
            run = Run(name, given.set, given.out or Path(scratch))
            run.swap(given.jobs)
            tell(run, run.score())


if __name__ == "__main__":
    main()
