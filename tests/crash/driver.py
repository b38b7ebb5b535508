"""A batch that is killed at random moments: forked from a warm parent, so that kills are cheap.

python -m tests.crash.driver FOLDER ROWS JOBS KILLS SEED  (prints the kills it needed)
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from shopkit.runtime.batch import run_batch
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, picture, rows


def main(home: Path, count: int, jobs: int, kills: int, seed: int) -> None:
    cells = [
        {"id": f"{number:03}", "scene": str(picture(home / f"in/{number}.png", side=4))}
        for number in range(count)
    ]
    cells[5]["do"] = "review"
    (home / "in/7.png").write_bytes(b"broken")
    calm = undisturbed(home, cells)
    chance = random.Random(seed)
    longest = max(0.25, calm) * (1 if jobs == 1 else 6)  # workers take a moment to start
    killed = round_number = 0
    while killed < kills:
        folder = home / f"round{round_number}"
        ended = killed_at(folder, cells, jobs, chance.uniform(0.0, longest))
        killed += not ended
        round_number += ended
    finish = home / f"round{round_number}"
    while not killed_at(finish, cells, jobs, 600):
        pass
    sys.stdout.write(f"{killed} kills\n")


def undisturbed(home: Path, cells: list[dict[str, str]]) -> float:
    """How long a run takes on this machine, now."""
    begun = time.monotonic()
    if not killed_at(home / "calm", cells, 1, 600):
        raise SystemExit("the undisturbed run did not end")
    return time.monotonic() - begun


def killed_at(folder: Path, cells: list[dict[str, str]], jobs: int, seconds: float) -> bool:
    """Run the batch in a child and kill it after ``seconds``; True where it ended before."""
    folder.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        with State(folder / ".shopkit/state.db") as state:
            run_batch(
                Paint(folder / "log.txt"), rows(cells), folder / "out", state=state, jobs=jobs
            )
        os._exit(0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if status:
                raise SystemExit(f"the run failed with {status}")
            return True
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:6]))
