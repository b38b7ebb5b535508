"""A run that dies at its n-th step, for every n: before and after each write and each move.

python -m tests.crash.steps FOLDER  (prints how many steps there were)
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shopkit.runtime.batch import run_batch
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, picture, rows

DEAD = 9


def shop(home: Path) -> list[dict[str, str]]:
    """A shop whose last run is out of date: one input changed, one parameter, one row is new."""
    cells = [{"id": name, "scene": str(picture(home / f"in/{name}.png", side=4))} for name in "ab"]
    run(home / "shop", cells)
    picture(home / "in/a.png", (0, 0, 255), side=4)
    cells[1]["colour"] = "7,7,7"
    return [*cells, {"id": "c", "scene": cells[0]["scene"], "do": "review"}]


def run(folder: Path, cells: list[dict[str, str]]) -> dict[str, int]:
    with State(folder / ".shopkit/state.db") as state:
        work = Paint(folder / "log.txt")
        return run_batch(work, rows(cells), folder / "out", state=state).counts


def dies_at(step: int, folder: Path, cells: list[dict[str, str]]) -> bool:
    """Run in a child that ends without a word at this step; False where it had no such step."""
    child = os.fork()
    if child == 0:
        count = itertools.count(1)
        for owner, name in ((State, "write"), (State, "write_many"), (Path, "replace")):
            setattr(owner, name, mortal(getattr(owner, name), count, step))
        run(folder, cells)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, DEAD):
        raise SystemExit(f"step {step} raised")
    return os.waitstatus_to_exitcode(status) == DEAD


def mortal(call: Callable[..., Any], count: itertools.count[int], last: int) -> Callable[..., Any]:
    def stepped(*args: Any, **kwargs: Any) -> Any:
        if next(count) == last:
            os._exit(DEAD)
        done = call(*args, **kwargs)
        if next(count) == last:
            os._exit(DEAD)
        return done

    return stepped


def main(home: Path) -> None:
    cells = shop(home)
    shutil.copytree(home / "shop", home / "calm")
    run(home / "calm", cells)
    for step in itertools.count(1):
        folder = home / f"step{step}"
        shutil.copytree(home / "shop", folder)
        if not dies_at(step, folder, cells):
            break
        run(folder, cells)
    sys.stdout.write(f"{step - 1} steps\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
