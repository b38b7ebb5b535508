"""The object under a point, or the one that stands out: a salient thing, whole and alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shopkit.engines.contracts import Finder
from shopkit.image.locate import Place
from shopkit.image.picture import Alpha, Box, Picture, Rgb
from shopkit.image.saliency import finder

_VIEWS = (0.45, 0.8, 1.25)  # sides of the views around a point, of the scene's shorter side
_CUT_OFF = 0.35  # what a thing keeps of its score for each side of the view that cuts it
_SURE = 0.8
_CLEARLY = 1.6  # the best over the second
_ROOM = 0.4  # of the box, around it, when asked whether it holds one whole thing
_LEAST = 0.2


@dataclass(frozen=True, slots=True)
class _Thing:
    box: Box
    score: float
    seen: int = 1  # views that show the same thing


def find_at(scene: Picture, point: tuple[int, int], net: Finder | None = None) -> Place | None:
    """The object under ``point`` (x, y); None where nothing stands out there.

    Raises EngineMissing where no finder is given and the default model is not installed.
    """
    net = net or finder()
    shorter = min(scene.size)
    things = []
    for share in _VIEWS:
        view = _view(point, share * shorter, scene.size)
        things += _under(_ask(net, scene.rgb, view), view, point, scene.size)
    return _best(net, scene, _merged(things), "point", least_seen=2)


def find_salient_object(scene: Picture, net: Finder | None = None) -> Place | None:
    """The one object that stands out in the scene; None where nothing does.

    Raises EngineMissing where no finder is given and the default model is not installed.
    """
    net = net or finder()
    whole = Box(0, 0, *scene.size)
    found = _ask(net, scene.rgb, whole)
    return _best(net, scene, _parts(found, whole)[:3], "salient", least_seen=1)


def _best(
    net: Finder, scene: Picture, things: list[_Thing], how: str, least_seen: int
) -> Place | None:
    """The thing that is most surely one whole object; sure where no other comes near it."""
    ranked = sorted(
        (_Thing(t.box, t.score * _whole(net, scene, t.box), t.seen) for t in things),
        key=lambda t: -t.score,
    )
    if not ranked:
        return None
    best = ranked[0]
    second = ranked[1].score if len(ranked) > 1 else 0.0
    margin = best.score / max(second, 1e-3)
    sure = best.score >= _SURE and margin >= _CLEARLY and best.seen >= least_seen
    reason = "" if sure else ("old_ambiguous" if margin < _CLEARLY else "old_not_sure")
    boxes = tuple(t.box for t in ranked)
    return Place(
        best.box,
        None,
        score=best.score,
        margin=margin,
        sure=sure,
        reason=reason,
        how=how,
        others=boxes,
    )


def _view(point: tuple[int, int], side: float, size: tuple[int, int]) -> Box:
    x0, y0 = max(0, round(point[0] - side / 2)), max(0, round(point[1] - side / 2))
    x1, y1 = min(size[0], round(point[0] + side / 2)), min(size[1], round(point[1] + side / 2))
    return Box(x0, y0, max(1, x1 - x0), max(1, y1 - y0))


def _ask(net: Finder, rgb: Rgb, view: Box) -> Alpha:
    return net.find(np.ascontiguousarray(rgb[view.slices]))


def _parts(found: Alpha, view: Box) -> list[_Thing]:
    """The connected things of a net's answer, by how much they stand out, largest first.

    One that runs out of the picture (a leg, a table) is no product that stands there.
    """
    count, labels = cv2.connectedComponents((found > 0.5).astype(np.uint8))
    things = []
    for label in range(1, count):
        part = labels == label
        if part.sum() >= 0.002 * part.size:
            things.append((int(part.sum()), _thing(found, part.astype(np.float32), view)))
    largest = max((area for area, _ in things), default=1)
    share = [_Thing(t.box, t.score * (area / largest) ** 0.5) for area, t in things]
    return sorted(share, key=lambda t: -t.score)


def _under(found: Alpha, view: Box, point: tuple[int, int], size: tuple[int, int]) -> list[_Thing]:
    """The thing of a net's answer that lies under the point, if one does."""
    column = int((point[0] - view.x) * found.shape[1] / view.w)
    row = int((point[1] - view.y) * found.shape[0] / view.h)
    _, labels = cv2.connectedComponents((found > 0.5).astype(np.uint8))
    label = labels[min(row, found.shape[0] - 1), min(column, found.shape[1] - 1)]
    if label == 0:
        return []
    thing = _thing(found, (labels == label).astype(np.float32), view, size)
    return [thing] if thing.score >= _LEAST else []


def _thing(found: Alpha, part: Alpha, view: Box, size: tuple[int, int] | None = None) -> _Thing:
    """A part of an answer in scene pixels; scored by how clear-cut it is and not cut off.

    With ``size`` of the scene, only sides inside the scene cut.
    """
    wide, high = size or (view.x + view.w + 1, view.y + view.h + 1)
    free_left, free_top = (view.x == 0, view.y == 0) if size else (False, False)
    tight = Box.around(part, 0.5) or Box(0, 0, 1, 1)
    near = cv2.dilate(part, np.ones((5, 5), np.uint8)) > 0
    score = float(np.abs(found - 0.5)[near].mean()) * 2
    height, width = found.shape
    cuts = (
        (tight.x <= 1 and not free_left)
        + (tight.y <= 1 and not free_top)
        + (tight.x + tight.w >= width - 1 and view.x + view.w < wide)
        + (tight.y + tight.h >= height - 1 and view.y + view.h < high)
    )
    sx, sy = view.w / width, view.h / height
    x0, y0 = view.x + round(tight.x * sx), view.y + round(tight.y * sy)
    x1, y1 = view.x + round((tight.x + tight.w) * sx), view.y + round((tight.y + tight.h) * sy)
    return _Thing(Box(x0, y0, x1 - x0, y1 - y0), score * _CUT_OFF**cuts)


def _merged(things: list[_Thing]) -> list[_Thing]:
    """Different things only, the clearest first, each with the number of views that show it."""
    kept: list[_Thing] = []
    for thing in sorted(things, key=lambda t: -t.score):
        if all(thing.box.iou(other.box) < 0.8 for other in kept):
            seen = sum(thing.box.iou(other.box) >= 0.8 for other in things)
            kept.append(_Thing(thing.box, thing.score, seen))
    return kept[:3]


def _whole(net: Finder, scene: Picture, box: Box) -> float:
    """Share of what stands out around the box that lies in it, times how well it fills the box."""
    view = box.grown(_ROOM, scene.size)
    found = _ask(net, scene.rgb, view) > 0.5
    sx, sy = found.shape[1] / view.w, found.shape[0] / view.h
    room = box.grown(0.04, scene.size)
    rows = slice(int((room.y - view.y) * sy), int(np.ceil((room.y + room.h - view.y) * sy)))
    columns = slice(int((room.x - view.x) * sx), int(np.ceil((room.x + room.w - view.x) * sx)))
    inside = np.zeros(found.shape, np.float32)
    inside[rows, columns] = found[rows, columns]
    tight = Box.around(inside, 0.5)
    if tight is None:
        return 0.0
    back = Box(
        view.x + round(tight.x / sx),
        view.y + round(tight.y / sy),
        round(tight.w / sx),
        round(tight.h / sy),
    )
    return float(inside.sum() / found.sum()) * back.iou(box)
