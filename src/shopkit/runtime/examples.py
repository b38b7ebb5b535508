"""The example shop that comes with shopkit: its tables, jobs and pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import shopkit
from shopkit.data import DATA


def examples() -> Path:
    """Return the folder of the example shop: in the package, or in the checkout."""
    packaged = DATA / "demo"
    return packaged if packaged.is_dir() else Path(shopkit.__file__).parents[2] / "examples"


def lay_out(shop: Path, names: tuple[str, ...]) -> None:
    """Copy files and folders of the example shop into another; what is there is left alone."""
    for name in names:
        source, target = examples() / name, shop / name
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            lay_out(shop, tuple(f"{name}/{path.name}" for path in sorted(source.iterdir())))
        elif not target.exists():
            shutil.copyfile(source, target)
