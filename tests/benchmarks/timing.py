"""CPU and memory of a swap, step by step, at 1 and 12 megapixels; and two workers against one.

    python tests/benchmarks/timing.py [--set DIR] [--case dev01] [--sizes 1,12] [--rows 12]

Each measure runs in a process of its own on one thread, as a worker does, on a case of
../shared/bench/swap scaled up, beside rembg's own ``remove`` of the same product photo with the
same model, so that only ratios count. Steps are CPU seconds, memory is the process's peak beyond
what its imports took. For the workers, what a run costs once (start, plan, results: the second
run, which does nothing) and a row's CPU tell what two could give on idle cores.
"""

import argparse
import csv
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

BENCH = Path(__file__).parents[3] / "shared" / "bench" / "swap"
MODEL = "u2netp"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
# what a swap calls, by the module that calls it; a step's time holds that of the steps it calls
STEPS = {
    "read": ("swap_row", "read_picture"),
    "cut out": ("swap_row", "cut_out"),
    "find old": ("swap_row", "find_old"),
    "mask old": ("spot", "mask_old"),
    "register": ("spot", "register"),
    "place": ("spot", "stand"),
    "resample": ("spot", "lay"),
    "light": ("spot", "light_from_old"),
    "find stand": ("swap", "find_stand"),
    "put in": ("swap", "put_in"),
    "erase": ("swap", "erase"),
    "reflection": ("swap", "exchange_reflection"),
    "one light": ("swap", "check_one_light"),
    "proof": ("swap_work", "proof_strip"),
    "write": ("swap_work", "write_picture"),
    "whole swap()": ("swap_work", "swap"),
}


class Clock:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def watch(self, name: str, module: str, function: str) -> None:
        """Put a timed stand-in in the place of ``function`` as ``module`` calls it."""
        home = importlib.import_module(f"shopkit.image.{module}")
        if hasattr(home, function):
            setattr(home, function, self._timed(name, getattr(home, function)))

    def _timed(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            begun = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.process_time() - begun
                self.spent[name] = self.spent.get(name, 0.0) + spent

        return call


def enlarged(case: Path, megapixels: float, folder: Path) -> dict[str, str]:
    """The case's pictures with the scene at so many megapixels, the photos in proportion."""
    told = json.loads((case / "case.json").read_text())
    width, height = told["size"]
    factor = (megapixels * 1e6 / (width * height)) ** 0.5
    made = {}
    for role, name in (("scene", "scene"), ("product", "product"), ("old", "old_product")):
        picture = Image.open(case / f"{name}.png").convert("RGB")
        size = tuple(round(side * factor) for side in picture.size)
        made[role] = str(folder / f"{role}.jpg")
        picture.resize(size, Image.Resampling.LANCZOS).save(made[role], quality=95)
    x0, y0, x1, y1 = (round(v * factor) for v in told["visible_box_old"])
    return {**made, "box": f"{x0},{y0},{x1 - x0},{y1 - y0}"}


def measure_swap(cells: dict[str, str]) -> dict[str, object]:
    """One swap through the batch's own work, with its steps; the imports are not counted."""
    from shopkit.image.saliency import finder
    from shopkit.image.swap_work import SwapWork
    from shopkit.runtime.job import Row
    from shopkit.runtime.memory import keep_memory

    keep_memory()  # as the batch does
    clock = Clock()
    for name, where in STEPS.items():
        clock.watch(name, *where)
    finder(MODEL)
    work = SwapWork({"color": "adapt"})
    with tempfile.TemporaryDirectory() as out:
        job = work.prepare(Row(1, cells), Path(out))
        before, begun = peak(), time.process_time()
        work.run(job, job.outputs)
        spent = time.process_time() - begun
    return {"cpu": spent, "memory": peak() - before, "all": peak(), "steps": clock.spent}


def measure_rembg(cells: dict[str, str]) -> dict[str, object]:
    """rembg's own way: open, ``remove``, write a PNG."""
    import rembg

    session = rembg.new_session(MODEL)
    before, begun = peak(), time.process_time()
    cut = rembg.remove(Image.open(cells["product"]), session=session)
    remove = time.process_time() - begun
    with tempfile.TemporaryDirectory() as out:
        cut.save(Path(out, "cut.png"))
    spent = time.process_time() - begun
    return {"cpu": spent, "memory": peak() - before, "steps": {"remove": remove}}


def peak() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(what: str, cells: dict[str, str]) -> dict[str, object]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, "--cells", json.dumps(cells)]
    one = {**os.environ, **dict.fromkeys(THREADS, "1")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=one)
    return json.loads(done.stdout.splitlines()[-1])


def sizes(case: Path, wanted: list[float]) -> None:
    for megapixels in wanted:
        with tempfile.TemporaryDirectory() as folder:
            cells = enlarged(case, megapixels, Path(folder))
            rembg, swap = apart("rembg", cells), apart("swap", cells)
        steps = swap["steps"]
        unit = rembg["steps"]["remove"]
        cut = steps["cut out"]  # two: of the new product and of the old one
        print(f"\n{megapixels:g} MP, rembg.remove {unit:.2f} s of CPU, {rembg['memory']:.0f} MB")
        print("| step | CPU s | x rembg.remove |\n|---|---|---|")
        for name, spent in steps.items():
            print(f"| {name} | {spent:.2f} | {spent / unit:.2f} |")
        for name, spent in (("whole row", swap["cpu"]), ("beyond the mattes", swap["cpu"] - cut)):
            print(f"| {name} | {spent:.2f} | {spent / unit:.2f} |")
        ratio = swap["memory"] / max(1.0, rembg["memory"])
        print(f"memory {swap['memory']:.0f} MB, x{ratio:.2f} of rembg's; {swap['all']:.0f} in all")


def workers(cases: Path, rows: int) -> None:
    """The same rows with one worker and with two; a rest of the machine that is busy counts."""
    ids = sorted(file.parent for file in cases.glob("*/case.json"))
    taken, contents = [], []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "shopkit.toml").touch()
        with (folder / "jobs.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "scene", "product", "box"])
            for number in range(rows):
                case = ids[number % len(ids)].resolve()
                x0, y0, x1, y1 = json.loads((case / "case.json").read_text())["visible_box_old"]
                box = f"{x0},{y0},{x1 - x0},{y1 - y0}"
                writer.writerow([number, case / "scene.png", case / "product.png", box])
        for jobs in (1, 2):
            words = ["image", "swap", "--batch", "jobs.csv", "-o", f"out{jobs}", "-q"]
            command = [sys.executable, "-m", "shopkit", *words, "--jobs", str(jobs)]
            begun = time.monotonic()
            subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
            taken.append(time.monotonic() - begun)
            made = sorted((folder / f"out{jobs}").glob("*.p*"))
            contents.append([(path.name, path.read_bytes()) for path in made])
        whole, once = (_cpu_of_one(folder, rest) for rest in (["--force"], []))
    row = (whole - once) / rows
    print(f"\n{rows} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"CPU: once a run {once:.2f} s, a row {row:.2f} s")
    print(f"one worker {taken[0]:.1f} s, two {taken[1]:.1f} s")
    print(f"two workers x{taken[0] / taken[1]:.2f}; same bytes: {contents[0] == contents[1]}")


def _cpu_of_one(folder: Path, words: list[str]) -> float:
    """CPU seconds of a run with one worker, which works in the process itself."""
    command = [sys.executable, "-m", "shopkit", "image", "swap", "--batch", "jobs.csv", "-q"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command += ["-o", "out1", "--jobs", "1", *words]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, default=BENCH / "dev")
    parser.add_argument("--case", default="dev01")
    parser.add_argument("--sizes", default="1,12")
    parser.add_argument("--rows", type=int, default=12)
    parser.add_argument("--measure", choices=("swap", "rembg"), help=argparse.SUPPRESS)
    parser.add_argument("--cells", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measured = {"swap": measure_swap, "rembg": measure_rembg}[given.measure]
        print(json.dumps(measured(given.cells)))
        return
    sizes(given.set / given.case, [float(size) for size in given.sizes.split(",") if size])
    if given.rows:
        workers(given.set, given.rows)


if __name__ == "__main__":
    main()
