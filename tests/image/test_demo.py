"""The demo: a whole shop made of the example jobs, done again for nothing."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from shopkit.image.demo import run_demo
from shopkit.runtime.examples import examples
from shopkit.runtime.job import Job, Outcome, Row
from shopkit.runtime.settings import load_settings


class CopyWork:
    """Stands for the swap: the scene as it is."""

    command = "image swap"
    version = "1"
    evidence = ()
    done = 0

    def prepare(self, row: Row, out: Path) -> Job:
        scene = Path(row.cells["scene"])
        return Job(row.cells["id"], row.number, (scene,), {}, {"picture": out / scene.name})

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        self.done += 1
        shutil.copyfile(job.inputs[0], scratch["picture"])
        return Outcome("ok", made=("picture",))

    def verify(self, kind: str, path: Path) -> None:
        assert path.stat().st_size > 0


def test_the_demo_is_a_shop_of_its_own_with_a_page(tmp_path):
    work = CopyWork()
    page = run_demo(tmp_path / "demo", work)
    assert page == tmp_path / "demo" / "sheet.html"
    assert "<html" in page.read_text(encoding="utf-8")
    shop = load_settings(start=tmp_path / "demo", environment={})
    assert shop.folder == tmp_path / "demo"
    assert shop.state_path.is_file()
    made = sorted(path.name for path in (tmp_path / "demo" / "out").glob("*.jpg"))
    assert made == ["bag-scene.jpg", "sneaker-scene.jpg", "street-scene.jpg"]
    run_demo(tmp_path / "demo", work)
    assert work.done == 3


def test_the_examples_are_whole():
    folder = examples()
    for line in (folder / "jobs.csv").read_text().splitlines()[1:]:
        assert all((folder / name).is_file() for name in line.split(",")[1:])
