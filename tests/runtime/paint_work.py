"""A small real Work for the runner's tests: paints a pixel of a picture, with faults on demand."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from shopkit.errors import EngineMissing, InputRefused
from shopkit.runtime.job import Job, Outcome, Row
from shopkit.runtime.names import output_path


@dataclass
class Paint:
    """Columns: id, scene, colour ("R,G,B"), out, do (which fault to inject)."""

    log: Path  # every execution appends a line: "<pid of the run> <pid of the worker> <id>"
    version: str = "1"
    command: str = "test paint"
    evidence: tuple[str, ...] = ("width",)

    def prepare(self, row: Row, out: Path) -> Job:
        if row.cells.get("do") == "no engine":
            raise EngineMissing("engine_missing", engine="paint")
        scene = Path(row.cells["scene"])
        identity = row.cells.get("id") or scene.stem
        picture = output_path(out, row.cells.get("out", ""), identity, ".png")
        outputs = {"picture": picture, "note": picture.with_suffix(".txt")}
        params = {name: row.cells.get(name, "") for name in ("colour", "do")}
        return Job(identity, row.number, (scene,), params, outputs)

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        parent = multiprocessing.parent_process()
        with self.log.open("a", errors="replace") as log:
            log.write(f"{parent.pid if parent else os.getpid()} {os.getpid()} {job.id}\n")
        do = str(job.params["do"])
        _fault(do, job)
        try:
            picture = Image.open(job.inputs[0], formats=["PNG"])
            picture.load()
        except OSError:
            raise InputRefused("image_unreadable", path=job.inputs[0]) from None
        colour = tuple(int(part) for part in str(job.params["colour"] or "1,2,3").split(","))
        picture.putpixel((0, 0), colour)
        picture.save(scratch["picture"])
        scratch["note"].write_text(f"{job.id}: {colour}\n", encoding="utf-8", errors="replace")
        made = ("picture", "note")
        evidence = {"width": picture.width}
        if do == "review":
            return Outcome("review", "image_too_wide", {}, evidence, ("pale",), made)
        return Outcome("ok", evidence=evidence, made=made)

    def verify(self, kind: str, path: Path) -> None:
        if kind == "picture":
            with Image.open(path) as picture:
                picture.load()


def _fault(do: str, job: Job) -> None:
    name, _, detail = do.partition(" ")
    match name:
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "bug":
            raise ValueError("a bug")
        case "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(job.outputs["picture"]))
        case "memory":
            raise MemoryError
        case "once":  # dies the first time only
            if not Path(detail).exists():
                Path(detail).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(float(detail))


def picture(path: Path, colour: tuple[int, int, int] = (200, 16, 46), side: int = 16) -> Path:
    """A real PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), colour).save(path)
    return path


def rows(cells: Sequence[Mapping[str, str]]) -> list[Row]:
    return [Row(number, one, "jobs.csv", number + 1) for number, one in enumerate(cells, start=1)]


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def executed(log: Path) -> list[str]:
    """The ids that were worked on, in order."""
    return [line.split(" ", 2)[2] for line in log.read_text().splitlines()] if log.exists() else []
