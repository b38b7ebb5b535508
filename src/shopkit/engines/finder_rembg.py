"""Any other model through rembg itself, always named and never downloaded behind one's back."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shopkit.engines import weights
from shopkit.engines.contracts import Probability
from shopkit.errors import EngineMissing

if TYPE_CHECKING:
    from rembg.sessions.base import BaseSession


class Rembg:
    """One rembg session. rembg's import compiles code for seconds: only here, once a process."""

    name = "rembg"

    def __init__(self, model: str, licence: str) -> None:
        self.model, self.licence = model, licence
        self._session = _session(model)

    def find(self, rgb: NDArray[np.uint8]) -> Probability:
        """Return rembg's mask of the picture, at the picture's size."""
        import rembg

        mask = rembg.remove(Image.fromarray(rgb), session=self._session, only_mask=True)
        return np.asarray(mask).astype(np.float32) / np.float32(255)


def load(*, model: str, model_path: Path | None, licence: str) -> Rembg:
    """The rembg engine for a model whose file is there (or that needs none)."""
    known = weights.KNOWN.get(model)
    if model_path is not None:
        raise EngineMissing("model_path_family", model=model)
    if weights.find_model(model) is None and not (known and known.remote):
        raise EngineMissing("model_missing", model=model, home=weights.model_home())
    return Rembg(model, licence)


@cache
def _session(model: str) -> BaseSession:
    import rembg

    return rembg.new_session(model)
