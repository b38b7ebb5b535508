"""Remember where the old product stands in a scene, so that a thousand swaps find it once.

A small JSON file: the scene's size and hash, and for each place its box, matrix and mask. Masks
are run lengths of alpha in 16 steps over the box, so that a soft edge survives.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopkit.errors import InputRefused
from shopkit.image.locate import Place
from shopkit.image.picture import Alpha, Box, Picture

SCHEMA = 1
_STEPS = 15


@dataclass(frozen=True, slots=True)
class Remembered:
    """A place of a template: where, and which pixels (scene size, 0..1), if they were kept.

    ``front``: what stands before the product; ``ground``: y of the line it stands on.
    """

    place: Place
    mask: Alpha | None = None
    front: Alpha | None = None
    ground: float | None = None


def save_template(path: Path, scene: Picture, places: Sequence[Remembered]) -> None:
    """Write the places of ``scene`` to ``path``, whole or not at all; same places, same bytes."""
    record = {
        "shopkit_template": SCHEMA,
        "scene": {"name": scene.path.name, "sha256": scene.sha256, "size": list(scene.size)},
        "places": [_written(one) for one in places],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if path.is_file() and path.read_bytes() == text.encode():
        return
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def load_template(path: Path, scene: Picture) -> tuple[Remembered, ...]:
    """Read the places for ``scene``.

    For another picture of the same size the places are not sure (review, ``template_other_scene``).
    Raises InputRefused ``template_unreadable``, or ``template_other_scene`` for another size.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["shopkit_template"] != SCHEMA:
            raise ValueError(f"layout {record['shopkit_template']}")
        size = (int(record["scene"]["size"][0]), int(record["scene"]["size"][1]))
        places = tuple(_read(one, size) for one in record["places"])
        same = record["scene"]["sha256"] == scene.sha256 != ""
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputRefused("template_unreadable", path=path.name, error=_words(error)) from error
    if size != scene.size:
        raise InputRefused(
            "template_other_scene", path=path.name, size=_by(size), scene=_by(scene.size)
        )
    return places if same else tuple(_unsure(one) for one in places)


def _written(one: Remembered) -> dict[str, Any]:
    place = one.place
    return {
        "box": list(place.box),
        "matrix": None
        if place.matrix is None
        else [[round(v, 9) for v in r] for r in place.matrix],
        "how": place.how,
        "score": round(place.score, 6),
        "margin": round(place.margin, 6),
        "ground": one.ground,
        "mask": None if one.mask is None else _packed(one.mask),
        "front": None if one.front is None else _packed(one.front),
    }


def _read(one: dict[str, Any], size: tuple[int, int]) -> Remembered:
    x, y, w, h = (int(v) for v in one["box"])
    if not (0 <= x < x + w <= size[0] and 0 <= y < y + h <= size[1]):
        raise ValueError(f"box {x},{y},{w},{h}")
    matrix = None if one["matrix"] is None else np.array(one["matrix"], np.float64)
    if matrix is not None and (matrix.shape != (3, 3) or not np.isfinite(matrix).all()):
        raise ValueError("matrix")
    place = Place(
        Box(x, y, w, h),
        matrix,
        score=float(one["score"]),
        margin=float(one["margin"]),
        how=str(one["how"]),
    )
    ground = None if one["ground"] is None else float(one["ground"])
    return Remembered(place, _unpacked(one["mask"], size), _unpacked(one["front"], size), ground)


def _unsure(one: Remembered) -> Remembered:
    return replace(one, place=replace(one.place, sure=False, reason="template_other_scene"))


def _packed(mask: Alpha) -> dict[str, Any]:
    """Box and run lengths: value, count, value, count, … row by row; values 0..15."""
    box = Box.around(mask, 0.5 / _STEPS) or Box(0, 0, 0, 0)
    values = np.rint(mask[box.slices] * _STEPS).astype(np.uint8).ravel()
    starts = np.flatnonzero(np.diff(values, prepend=255))
    counts = np.diff(np.append(starts, len(values)))
    runs = np.stack([values[starts], counts], 1).ravel() if len(values) else np.zeros(0, int)
    return {"box": list(box), "runs": " ".join(map(str, runs.tolist()))}


def _unpacked(packed: dict[str, Any] | None, size: tuple[int, int]) -> Alpha | None:
    if packed is None:
        return None
    x, y, w, h = (int(v) for v in packed["box"])
    runs: NDArray[np.int64] = np.array(packed["runs"].split(), np.int64).reshape(-1, 2)
    if runs.size and (runs.min() < 0 or runs[:, 0].max() > _STEPS):
        raise ValueError("mask")
    if min(x, y, w, h) < 0 or x + w > size[0] or y + h > size[1] or runs[:, 1].sum() != w * h:
        raise ValueError("mask")
    mask = np.zeros((size[1], size[0]), np.float32)
    values = np.repeat(runs[:, 0], runs[:, 1]).astype(np.float32) / np.float32(_STEPS)
    mask[y : y + h, x : x + w] = values.reshape(h, w)
    return mask


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
