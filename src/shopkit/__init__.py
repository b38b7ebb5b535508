"""shopkit: the back office of an online shop on the command line.

Every public name is loaded when it is first used, so that ``import shopkit`` costs nothing:

>>> from shopkit import cut_out, read_picture
>>> matte = cut_out(read_picture("shoe.jpg"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopkit.image.cutout import cut_out as cut_out
    from shopkit.image.cutout_work import CutoutWork as CutoutWork
    from shopkit.image.read import read_picture as read_picture
    from shopkit.image.sheet import make_sheet as make_sheet
    from shopkit.image.sidecar import read_sidecar as read_sidecar
    from shopkit.image.swap_work import SwapWork as SwapWork
    from shopkit.image.write import write_picture as write_picture
    from shopkit.runtime.batch import run_batch as run_batch
    from shopkit.runtime.batch import run_one as run_one
    from shopkit.runtime.profiles import load_profile as load_profile
    from shopkit.runtime.settings import load_settings as load_settings
    from shopkit.runtime.state import State as State
    from shopkit.runtime.table import read_table as read_table

__version__ = "0.1.0"

_HOME = {
    "CutoutWork": "image.cutout_work",
    "State": "runtime.state",
    "SwapWork": "image.swap_work",
    "cut_out": "image.cutout",
    "load_profile": "runtime.profiles",
    "load_settings": "runtime.settings",
    "make_sheet": "image.sheet",
    "read_picture": "image.read",
    "read_sidecar": "image.sidecar",
    "read_table": "runtime.table",
    "run_batch": "runtime.batch",
    "run_one": "runtime.batch",
    "write_picture": "image.write",
}
__all__ = ["__version__", *_HOME]  # noqa: PLE0604  the names are text


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'shopkit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"shopkit.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
