"""Ask an engine where the product is."""

from __future__ import annotations

from pathlib import Path

from shopkit.engines import registry, weights
from shopkit.engines.contracts import Finder
from shopkit.errors import EngineMissing

DEFAULT_MODEL = "u2netp"
_DIRECT = ("u2netp", "u2net", "silueta", "u2net_human_seg")  # run without importing rembg


def finder(model: str = DEFAULT_MODEL, model_path: Path | None = None) -> Finder:
    """The engine that runs ``model``, ready to use; loaded once per process.

    ``model_path`` is a file of the U-2-Net family that one already has. Raises EngineMissing
    ``model_unknown``, ``model_missing`` or ``model_path_missing``; it never takes another one.
    """
    known = weights.KNOWN.get(model)
    if known is None:
        raise EngineMissing("model_unknown", model=model, known=" ".join(weights.KNOWN))
    engine = "u2net" if model in _DIRECT or model_path else "rembg"
    return registry.finder(engine, model=model, model_path=model_path, licence=known.licence)
