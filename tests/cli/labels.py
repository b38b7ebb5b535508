"""A small job to run batches with: writes each row's word on a label file of its own."""

from collections.abc import Mapping
from pathlib import Path

from shopkit.errors import InputRefused
from shopkit.runtime.job import Job, Outcome, Row


class LabelWork:
    """``word`` is written; "bad" is refused, "odd" goes to review, "bug" is a fault of ours."""

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
        scratch["label"].write_text(word)
        status = "review" if word == "odd" else "ok"
        reason = "image_animated" if word == "odd" else ""
        values = {"path": "odd", "frames": 2} if word == "odd" else {}
        return Outcome(status, reason, values, {"letters": len(word)}, made=("label",))

    def verify(self, kind: str, path: Path) -> None:
        assert path.read_text()
