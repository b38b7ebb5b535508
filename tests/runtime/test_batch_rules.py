"""Whatever a merchant does between runs: what is theirs stays, what is due is made, all is told."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shopkit.runtime.batch import run_batch
from shopkit.runtime.results import BatchResult
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, picture, rows

NAMES = st.sampled_from(["a", "b", "c"])
SHADES = st.integers(0, 3)


class Shop(RuleBasedStateMachine):
    """Three rows; hands that change inputs, outputs and parameters; runs with and without force."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.sync, os.fsync = os.fsync, lambda _file: None  # a test's disk need not be safe
        self.cells = {name: {"id": name, "scene": str(self.scene(name))} for name in "abc"}
        self.theirs: dict[str, bytes] = {}  # outputs that a hand put there or changed
        self.state = State(self.home / ".shopkit/state.db")
        for name in "abc":
            picture(self.scene(name), side=2)

    def teardown(self) -> None:
        os.fsync = self.sync
        self.state.close()
        shutil.rmtree(self.home)

    def scene(self, name: str) -> Path:
        return self.home / f"{name}.png"

    def output(self, name: str) -> Path:
        return self.home / f"out/{name}.png"

    @rule(name=NAMES, shade=SHADES)
    def change_an_input(self, name: str, shade: int) -> None:
        picture(self.scene(name), (shade, 0, 0), side=2)

    @rule(name=NAMES)
    def lose_an_input(self, name: str) -> None:
        self.scene(name).unlink(missing_ok=True)

    @rule(name=NAMES, shade=SHADES)
    def change_a_parameter(self, name: str, shade: int) -> None:
        self.cells[name]["colour"] = f"0,{shade},0"

    @rule(name=NAMES, content=st.sampled_from([b"retouched", b"cropped"]))
    def work_on_an_output(self, name: str, content: bytes) -> None:
        self.output(name).parent.mkdir(exist_ok=True)
        self.output(name).write_bytes(content)
        self.theirs[name] = content

    @rule(name=NAMES)
    def delete_an_output(self, name: str) -> None:
        self.output(name).unlink(missing_ok=True)
        self.theirs.pop(name, None)

    @rule(force=st.booleans())
    def run(self, force: bool) -> None:
        if force:
            present = [name for name in self.theirs if self.scene(name).exists()]
            for name in present:
                del self.theirs[name]
        result = self.batch(force)
        for row in result.rows:
            self.check(row.id, row.status, row.reason)
        again = self.batch(force=False)
        assert again.already_done == sum(row.status == "ok" for row in result.rows)

    def batch(self, force: bool) -> BatchResult:
        work = Paint(self.home / "log.txt")
        wanted = rows(list(self.cells.values()))
        return run_batch(work, wanted, self.home / "out", state=self.state, force=force)

    def check(self, name: str, status: str, reason: str) -> None:
        if not self.scene(name).exists():
            assert (status, reason) == ("failed", "input_missing")
        elif name in self.theirs:
            assert reason in ("output_foreign", "output_edited")
        else:
            assert status == "ok"
            assert self.output(name).read_bytes() == self.expected(name)

    def expected(self, name: str) -> bytes:
        """What the work makes of the row, made apart."""
        with tempfile.TemporaryDirectory() as folder:
            work = Paint(Path(folder, "log.txt"))
            job = work.prepare(rows([self.cells[name]])[0], Path(folder))
            work.run(job, job.outputs)
            return job.outputs["picture"].read_bytes()

    @invariant()
    def what_is_theirs_is_there(self) -> None:
        for name, content in self.theirs.items():
            assert self.output(name).read_bytes() == content


TestShop = Shop.TestCase
TestShop.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
