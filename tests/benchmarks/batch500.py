"""A night's work: 500 rows with 5 broken ones, killed at random moments, against a calm run.

    python tests/benchmarks/batch500.py [--rows 500] [--kills 30] [--jobs 2] [--work DIR] [COMMAND]

COMMAND is the command under test without its options, "image swap" if not given; "image cutout"
works too. Checks, and prints a line for each:

* all rows but 5 are ok or for review, 5 failed with a reason, exit code 4, every output opens;
* two pictures of one name in different folders and one scene used twice lose nothing;
* killed (kill -9, the program alone or with its workers) at random moments and run again, the
  output folder has the same files with the same bytes as that of an undisturbed run;
* a second run does nothing, in under 2 s, and exits 4 again.
"""

import argparse
import csv
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

EXAMPLES = Path(__file__).parents[2] / "examples" / "pictures"
KINDS = {"sneaker": "sneaker", "bag": "bag"}  # scene and product that belong together
SIDE = 320
BROKEN = 5


class Night:
    """One set of rows, and the runs over it, each in a shop folder of its own."""

    def __init__(self, work: Path, command: str, rows: int, jobs: int) -> None:
        self.work, self.command, self.jobs = work, command.split(), jobs
        self.rows = rows

    def prepare(self) -> None:
        """Make the pictures and the table."""
        chance = np.random.default_rng(5)
        cells = [self._row(number, chance) for number in range(self.rows - BROKEN)]
        cells[1] |= {"scene": cells[0]["scene"]}  # one scene used twice
        for place, row in enumerate(self._broken(cells[2])):
            cells.insert(50 * place + 7, row)
        columns = ["scene", "product"] if "swap" in self.command else ["product"]
        with (self.work / "jobs.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(cells)

    def _row(self, number: int, chance: np.random.Generator) -> dict[str, str]:
        """Row 3 and 4: pictures of one name in different folders."""
        kind = list(KINDS)[number % len(KINDS)]
        folder, name = (f"in/{number}", "same") if number in (3, 4) else ("in", f"{number:03}")
        (self.work / folder).mkdir(parents=True, exist_ok=True)
        made = {}
        for role, source in (("scene", f"{kind}-scene.jpg"), ("product", f"{kind}-new.jpg")):
            path = Path(folder, f"{name}-{role}.jpg")
            _variant(EXAMPLES / source, self.work / path, chance)
            made[role] = str(".." / path)
        return made

    def _broken(self, good: dict[str, str]) -> list[dict[str, str]]:
        """Five rows that cannot be worked on, each in its own way."""
        whole = (self.work / "in" / good["product"]).read_bytes()
        frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
        frames[0].save(self.work / "in/moving.gif", save_all=True, append_images=frames[1:])
        (self.work / "in/short.jpg").write_bytes(whole[: len(whole) // 2])
        (self.work / "in/empty.jpg").write_bytes(b"")
        (self.work / "in/text.jpg").write_text("this is no picture")
        names = ("short.jpg", "empty.jpg", "text.jpg", "moving.gif", "missing.jpg")
        return [good | {"product": f"../in/{name}"} for name in names]

    def start(self, shop: str, **more: object) -> subprocess.Popen[bytes]:
        """Start the batch in shop folder ``shop``, in a process group of its own."""
        (self.work / shop).mkdir(exist_ok=True)
        (self.work / shop / "shopkit.toml").touch()
        words = [*self.command, "--batch", "../jobs.csv", "-o", "out", "--jobs", str(self.jobs)]
        return subprocess.Popen(
            [sys.executable, "-m", "shopkit", *words, "-q"],
            cwd=self.work / shop,
            env={**os.environ, "XDG_STATE_HOME": str(self.work / "log")},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            **more,
        )

    def results(self, shop: str) -> list[dict[str, str]]:
        """The rows of a run's results.csv."""
        file = self.work / shop / "out" / "results.csv"
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def contents(self, shop: str) -> dict[str, str]:
        """Every file that a run made, with its hash."""
        folder = self.work / shop / "out"
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def _variant(source: Path, target: Path, chance: np.random.Generator) -> None:
    """A small picture like ``source``, a little lighter or darker, at times mirrored."""
    with Image.open(source) as opened:
        small = ImageOps.contain(opened.convert("RGB"), (SIDE, SIDE))
    lit = np.asarray(small) * chance.uniform(0.8, 1.1, (1, 1, 3))
    Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)).save(target, quality=92)


def calm(night: Night) -> float:
    """The undisturbed run and its checks; returns how long it took."""
    begun = time.monotonic()
    code = night.start("calm").wait()
    wall = time.monotonic() - begun
    rows = night.results("calm")
    failed = [row for row in rows if row["status"] == "failed"]
    kept = [row for row in rows if row["status"] in ("ok", "review")]
    outputs = {row["output"] for row in kept}
    check("exit code", code == 4, code)
    check("a result for every row, in order", len(rows) == night.rows, len(rows))
    reasons = sorted(row["reason"] for row in failed)
    check("five failed, each with its reason", len(failed) == BROKEN and all(reasons), reasons)
    ok = sum(row["status"] == "ok" for row in kept)
    check("the rest ok or for review", len(kept) == night.rows - BROKEN, f"{ok} ok")
    check("no output lost", len(outputs) == len(kept), len(outputs))
    check("every output opens", all(_opens(night.work / "calm/out" / name) for name in outputs), "")
    say(f"{wall:.0f} s, {wall / night.rows:.2f} a row, {night.jobs} workers")
    return wall


def again(night: Night) -> None:
    """The second run over a finished folder."""
    before = night.contents("calm")
    begun = time.monotonic()
    code = night.start("calm").wait()
    wall = time.monotonic() - begun
    check("second run exits 4 again", code == 4, code)
    check("second run under 2 s", wall < 2, f"{wall:.2f} s")
    check("second run changes nothing", night.contents("calm") == before, "")


def killed(night: Night, kills: int, wall: float, chance: random.Random) -> None:
    """Kill runs until ``kills`` are spent; each run that ends is held against the calm one."""
    calm_contents = night.contents("calm")
    spent, shops = 0, 0
    while spent < kills:
        shop = f"killed{shops}"
        shops += 1
        spent += _until_done(night, shop, kills - spent, wall, chance)
        found = night.contents(shop)
        other = sorted(
            name for name in found | calm_contents if found.get(name) != calm_contents.get(name)
        )
        check(f"{shop}: same bytes after {spent} kills", not other, other[:5])
        again_code = night.start(shop).wait()
        check(f"{shop}: exits 4 again", again_code == 4, again_code)


def _until_done(night: Night, shop: str, most: int, wall: float, chance: random.Random) -> int:
    """Run and kill in turn until the work is done, the last run left alone; returns the kills."""
    for spent in range(most):
        run = night.start(shop, stderr=subprocess.DEVNULL)
        try:
            run.wait(chance.uniform(0.1, 0.3 + 3 * wall / most))
            return spent
        except subprocess.TimeoutExpired:
            pass
        if spent % 2:
            run.kill()  # the program alone: its workers must find out and end
        else:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    night.start(shop).wait()
    return most


def _opens(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            picture.load()
    except (OSError, SyntaxError):
        return False
    return True


def check(what: str, holds: bool, found: object) -> None:
    """Print one finding; remember that one failed."""
    say(f"{'ok  ' if holds else 'FAIL'} {what}" + (f" ({found})" if found != "" else ""))
    failures.extend([] if holds else [what])


def say(line: str) -> None:
    print(line, flush=True)


failures: list[str] = []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", default="image swap")
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        night = Night(work, given.command, given.rows, given.jobs)
        night.prepare()
        wall = calm(night)
        again(night)
        killed(night, given.kills, wall, random.Random(given.seed))
    say(f"{len(failures)} of the checks failed" if failures else "all checks hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
