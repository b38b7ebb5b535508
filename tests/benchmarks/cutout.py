"""Cut-outs with a known right answer, beside rembg's own with the same model.

    python tests/benchmarks/cutout.py [--set DIR] [--model u2netp] [--parts quality,cost,workers]

quality  product shots and old products of ../shared/bench/swap: overlap (IoU at one half) and error
         in the 10 px edge band (x 1000) by that folder's score.py, for rembg's mask, ``auto`` and
         ``local``; how many are marked ok, and how many of those are wrong (overlap under 0.95).
cost     CPU seconds and peak memory of rembg.remove and of each of our steps, at 1 and at 12 MP,
         every one in a worker of its own (one thread) that has done it once before; and the
         ratio.
workers  pictures a minute with one worker and with two.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from shopkit.image.cutout import cut_out
from shopkit.image.finding import find_by_net
from shopkit.image.foreground import decontaminate
from shopkit.image.outline import draw_outline
from shopkit.image.read import read_picture
from shopkit.image.saliency import finder
from shopkit.image.write import write_picture
from shopkit.runtime.executor import open_executor

BENCH = Path(__file__).parents[3] / "shared" / "bench" / "swap"
KINDS = {"product": "product_alpha.png", "old_product": "old_alpha.png"}
RIGHT = 0.95
STEPS = ("rembg", "read", "find", "draw", "clean", "cut_out", "write")
SIDES = {"1 MP": (1155, 866), "12 MP": (4000, 3000)}
PICTURES = 24  # of 1 MP, for the workers


def rembg_mask(path: Path, model: str) -> np.ndarray:
    """What rembg makes of a picture: its mask, 0..1."""
    import rembg
    from PIL import Image

    session = rembg.new_session(model, providers=["CPUExecutionProvider"])
    with Image.open(path) as image:
        mask = rembg.remove(image.convert("RGB"), session=session, only_mask=True)
    return np.asarray(mask) / np.float32(255)


def quality(root: Path, model: str) -> None:
    sys.path.insert(0, str(BENCH))
    from score import score_alpha

    for kind, truth in KINDS.items():
        print(
            f"\n{kind}: overlap / edge\n| case | rembg {model} | auto | local |\n|---|---|---|---|"
        )
        rows: list[list[dict[str, Any]]] = []
        for case in sorted(file.parent for file in root.glob("*/case.json")):
            alpha = cv2.imread(str(case / truth), 0)
            picture = read_picture(case / f"{kind}.png")
            mattes = [cut_out(picture, engine=e, model=model) for e in ("auto", "local")]
            alphas = [rembg_mask(picture.path, model), *(matte.alpha for matte in mattes)]
            scores = [score_alpha(np.rint(a * 255).astype(np.uint8), alpha) for a in alphas]
            for score, matte in zip(scores[1:], mattes, strict=True):
                score["status"] = matte.status
            rows.append(scores)
            print(f"| {case.name} | {' | '.join(map(_cell, scores))} |")
        print(f"| **mean** | {' | '.join(map(_mean, zip(*rows, strict=True)))} |")


def _cell(score: dict[str, Any]) -> str:
    mark = {"review": " (review)"}.get(score.get("status", ""), "")
    return f"{score['a_iou']:.3f} / {score['a_edge']:.0f}{mark}"


def _mean(scores: tuple[dict[str, Any], ...]) -> str:
    words = f"{np.mean([s['a_iou'] for s in scores]):.4f} / "
    words += f"{np.mean([s['a_edge'] for s in scores]):.1f}"
    ok = [s for s in scores if s.get("status") == "ok"]
    wrong = sum(s["a_iou"] < RIGHT for s in ok)
    return f"{words}; ok {len(ok)}, wrong {wrong}" if "status" in scores[0] else words


def cost(root: Path, model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIDES.items():
            photo = _enlarged(root, size, Path(folder))
            found = {step: _measured(step, photo, model) for step in STEPS}
            print(f"\n{name}\n| step | CPU s | peak MB |\n|---|---|---|")
            for step, (seconds, memory) in found.items():
                print(f"| {step} | {seconds:.2f} | {memory:.0f} |")
            ratio = found["cut_out"][0] / found["rembg"][0]
            print(f"cut_out over rembg.remove: {ratio:.2f} x CPU")


def _enlarged(root: Path, size: tuple[int, int], folder: Path) -> Path:
    rgb = read_picture(sorted(root.glob("*/product.png"))[0]).rgb
    large = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(0, 2, large.shape)
    path = folder / f"{size[0]}.png"
    write_picture(path, np.clip(large + grain, 0, 255).astype(np.uint8))
    return path


def _measured(step: str, photo: Path, model: str) -> tuple[float, float]:
    """CPU seconds of a step done for the second time, and peak MB, in a worker of its own."""
    with open_executor("processes", 1) as executor:
        return executor.submit(_twice, step, photo, model).result()


def _twice(step: str, photo: Path, model: str) -> tuple[float, float]:
    work = _work(step, photo, model)
    work()
    before = time.process_time()
    work()
    return time.process_time() - before, _peak()


def _peak() -> float:
    """Peak memory of this process in MB (ru_maxrss would start at its parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _work(step: str, photo: Path, model: str) -> Callable[[], object]:
    if step == "rembg":
        return _rembg_work(photo, model)
    picture = read_picture(photo)
    found = find_by_net(picture.rgb, finder(model)) if step == "draw" else None
    matte = cut_out(picture, model=model) if step in ("clean", "write") else None
    done: dict[str, Callable[[], object]] = {
        "read": lambda: read_picture(photo),
        "cut_out": lambda: cut_out(picture, model=model),
        "find": lambda: find_by_net(picture.rgb, finder(model)),
        "draw": lambda: draw_outline(picture.rgb[found.view.slices], found.likely),
        "clean": lambda: decontaminate(picture.rgb, matte.alpha, matte.edge_width),
        "write": lambda: write_picture(photo.with_name("cut.png"), matte.colour, matte.alpha),
    }
    return done[step]


def _one_thread() -> object:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


def _rembg_work(photo: Path, model: str) -> Callable[[], object]:
    import rembg
    from PIL import Image

    session = rembg.new_session(model, providers=["CPUExecutionProvider"], sess_opts=_one_thread())
    image = Image.open(photo).convert("RGB")
    return lambda: rembg.remove(image, session=session)


def workers(root: Path, model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = _enlarged(root, SIDES["1 MP"], Path(folder))
        rates = {}
        for count in (1, 2):
            with open_executor("processes", count) as executor:
                _all(executor, photo, model, count)  # started, model loaded
                before = time.perf_counter()
                _all(executor, photo, model, PICTURES)
                rates[count] = 60 * PICTURES / (time.perf_counter() - before)
            print(f"{count} worker(s): {rates[count]:.0f} pictures a minute")
        print(f"two over one: {rates[2] / rates[1]:.2f} x (load {os.getloadavg()[0]:.1f})")


def _all(executor: Executor, photo: Path, model: str, count: int) -> None:
    for future in [executor.submit(_one, photo, model) for _ in range(count)]:
        future.result()


def _one(photo: Path, model: str) -> str:
    return cut_out(read_picture(photo), model=model).status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, default=BENCH / "dev")
    parser.add_argument("--model", default="u2netp")
    parser.add_argument("--parts", default="quality,cost,workers")
    given = parser.parse_args()
    for part in given.parts.split(","):
        {"quality": quality, "cost": cost, "workers": workers}[part](given.set, given.model)


if __name__ == "__main__":
    main()
