"""A small job to run batches with: writes each row's word on a label file of its own."""

import os
from collections.abc import Mapping
from pathlib import Path

from shopkit.errors import InputRefused
from shopkit.runtime.job import Job, Outcome, Row


class LabelWork:
    """Writes ``word``. "bad" is refused, "odd" is for review, "bug" is ours, "loud" prints."""

    command = "image label"
    version = "1"
    evidence = ("letters",)

    def prepare(self, row: Row, out: Path) -> Job:
        word = row.cells["word"]
        name = row.cells.get("out") or f"{word}.txt"
        return Job(word, row.number, (), {"word": word}, {"label": out / name})

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        word = str(job.params["word"])
        if word == "bad":
            raise InputRefused("image_missing", path="bad.jpg")
        if word == "bug":
            raise ZeroDivisionError("of 13812345678")
        if word == "loud":
            print("loaded 3 layers")
            os.write(1, b"native code talks too\n")
        scratch["label"].write_text(word)
        status = "review" if word == "odd" else "ok"
        reason = "image_animated" if word == "odd" else ""
        values = {"path": "odd", "frames": 2} if word == "odd" else {}
        return Outcome(status, reason, values, {"letters": len(word)}, made=("label",))

    def verify(self, kind: str, path: Path) -> None:
        assert path.read_text()
