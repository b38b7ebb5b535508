"""Engines by name; those of other packages come by the entry-point group ``shopkit.engines``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from shopkit.engines.contracts import Finder
from shopkit.errors import EngineMissing

_BUILT_IN = {
    "finder.u2net": "shopkit.engines.finder_u2net:load",
    "finder.rembg": "shopkit.engines.finder_rembg:load",
}


def finder(name: str, *, model: str, model_path: Path | None, licence: str) -> Finder:
    """Make the engine ``name`` that finds products with ``model``.

    Raises EngineMissing ``engine_unknown``, or what the engine raises where its model is missing.
    """
    made = _maker("finder", name)(model=model, model_path=model_path, licence=licence)
    return cast(Finder, made)


def names(kind: str) -> list[str]:
    """The names of all engines of a kind ("finder"), our own first."""
    others = sorted(entry.name for entry in entry_points(group="shopkit.engines"))
    found = [*_BUILT_IN, *others]
    return [name.partition(".")[2] for name in found if name.startswith(f"{kind}.")]


def _maker(kind: str, name: str) -> Callable[..., object]:
    """The function that makes an engine: ours, or an entry point named ``<kind>.<name>``."""
    wanted = f"{kind}.{name}"
    if wanted in _BUILT_IN:
        module, _, maker = _BUILT_IN[wanted].partition(":")
        return cast(Callable[..., object], getattr(import_module(module), maker))
    for entry in entry_points(group="shopkit.engines", name=wanted):
        return cast(Callable[..., object], entry.load())
    raise EngineMissing("engine_unknown", name=name, known=" ".join(names(kind)))
