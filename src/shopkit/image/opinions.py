"""Opinions on which pixels of a crop are the product in a box: a net's, and that of the colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.engines.contracts import Finder
from shopkit.errors import EngineMissing
from shopkit.image.geometry import halved, halvings, shrunk
from shopkit.image.paths import reach
from shopkit.image.picture import Alpha, Box, Mask, Rgb
from shopkit.image.saliency import finder
from shopkit.image.skin import bare_skin

MARGINS = (0.4, 0.7)  # of the box, around it: a net needs some surroundings; two views are better
_FARTHER = 1.7  # times the area that is wanted: a view of more than that shows too little
_ASKED = 1280  # px: longest side, at most, that a net is shown; it makes its own 320 of it, slowly
WORK_SIDE = 440  # px: longest side, at most, of the crop while colours are told apart,
_WORK_AREA = 140_000  # and its pixels, at most
_INTRUDER = 5.0  # Lab units of path: nearer than this to a thing from outside is part of that thing
_LEAKS = 0.12  # of the box's size: what goes no farther beyond it may be the product's own
_ABOVE = 0.15  # of the box's height: how far above it a thing that holds the product is looked for
_ARM = 0.004  # of the product's area: what is seen of it there
_SKIN = 0.1  # how likely skin of the person who wears the product is the product
_UNCHECKED = 0.5  # agreement where colours alone were asked
_PRIOR = 60  # levels that a sure opinion adds to GrabCut's third channel


@dataclass(frozen=True, slots=True)
class Crop:
    """A view at working size: ``rgb`` covers ``around`` (scene), ``factor`` px per scene px."""

    rgb: Rgb
    box: Box
    around: Box
    factor: float

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the working picture."""
        return self.rgb.shape[1], self.rgb.shape[0]


@dataclass(frozen=True, slots=True)
class View:
    """What a net answered (at its own size) when it was shown a part of the scene, ``around``."""

    answer: Alpha
    around: Box


@dataclass(frozen=True, slots=True)
class Opinions:
    """What is thought of each pixel of a crop, 0..1.

    ``salient``: the net alone, outside the box too. ``own``: how far a pixel is *not* part of a
    thing that comes in from outside the box. ``likely``: both together, inside the box.
    ``colours``: GrabCut's answer when it starts from ``likely``. ``steady``: how far the net says
    the same of both views (IoU). ``wide``: the view with more around the box.
    """

    salient: Alpha
    own: Alpha
    likely: Alpha
    colours: Mask
    steady: float
    wide: View | None = None


def crop_around(rgb: Rgb, box: Box) -> Crop:
    """The view that all opinions are asked on."""
    size = (rgb.shape[1], rgb.shape[0])
    around = box.grown(MARGINS[0], size)
    even = (_WORK_AREA / (around.w * around.h)) ** 0.5
    factor = min(1.0, WORK_SIDE / max(around.w, around.h), even)
    return Crop(shrunk(rgb[around.slices], factor), box, around, factor)


def ask(rgb: Rgb, crop: Crop, net: Finder | None = None, wide: View | None = None) -> Opinions:
    """Ask all. Without a model (none given, none installed) the colours alone answer.

    ``wide``: a view of an earlier box about the same product; it serves again where it shows what
    is needed.
    """
    inside = within(crop)
    net = net or _default()
    if net is None:
        colours = _by_box(crop.rgb, inside)
        likely, blank = colours.astype(np.float32), np.ones(inside.shape, np.float32)
        return Opinions(likely, blank, likely, colours, _UNCHECKED)
    close, far = _views(net, rgb, crop, wide)
    one, other = _laid(close, crop), _laid(far, crop)
    found = np.asarray((one + other) / 2, np.float32)
    steady = iou((one > 0.5) & inside, (other > 0.5) & inside)
    own = _own(crop, found, inside)
    skin = bare_skin(crop.rgb, found, inside, (found * own > 0.5) & inside)
    own[skin] *= _SKIN
    likely = np.asarray(found * own * inside, np.float32)
    return Opinions(found, own, likely, cut(crop.rgb, likely, inside), steady, far)


def from_above(said: Opinions, crop: Crop) -> Mask:
    """The salient things that go on far outside the box and meet it from above, in it too.

    Over the working picture; empty where hardly any of them is seen just above the box.
    """
    box = crop.box.moved(-crop.around.x, -crop.around.y)
    top, left, right = (round(v * crop.factor) for v in (box.y, box.x, box.x + box.w))
    strip = slice(max(0, top - round(_ABOVE * box.h * crop.factor)), max(0, top - 2))
    salient, inside = said.salient > 0.5, within(crop)
    foreign = _from_afar(salient & ~inside, crop)
    if foreign[strip, left:right].sum() <= _ARM * (said.likely > 0.5).sum():
        return np.zeros_like(foreign)
    foreign |= salient & inside & (said.own < 0.5)
    _, labels = cv2.connectedComponents(foreign.astype(np.uint8))
    meeting = np.unique(labels[strip, left:right])
    return np.asarray(foreign & np.isin(labels, meeting), np.bool_)


def within(crop: Crop, grown: int = 2) -> Mask:
    """The box, a little grown, over the working picture."""
    left = (crop.box.x - crop.around.x) * crop.factor
    top = (crop.box.y - crop.around.y) * crop.factor
    inside = np.zeros(crop.rgb.shape[:2], np.bool_)
    rows = slice(max(0, round(top) - grown), round(top + crop.box.h * crop.factor) + grown)
    columns = slice(max(0, round(left) - grown), round(left + crop.box.w * crop.factor) + grown)
    inside[rows, columns] = True
    return inside


def cut(rgb: Rgb, likely: Alpha, inside: Mask) -> Mask:
    """GrabCut on two colour channels and the opinion as the third, so that it is a prior too.

    The two are the principal components of CIELAB over the crop.
    """
    lab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)
    flat = lab.reshape(-1, 3) - lab.reshape(-1, 3).mean(0)
    axes = np.linalg.svd(flat[::7], full_matrices=False)[2][:2]
    two = np.clip(128 + (flat @ axes.T).reshape(*lab.shape[:2], 2), 0, 255)
    seeds = np.where(likely > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[~inside] = cv2.GC_BGD
    return _grabcut(np.dstack([two, likely * _PRIOR]).astype(np.uint8), seeds)


def _by_box(rgb: Rgb, inside: Mask) -> Mask:
    return _grabcut(rgb, np.where(inside, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8))


def _grabcut(channels: NDArray[np.uint8], seeds: NDArray[np.uint8]) -> Mask:
    wanted = (seeds & 1) == 1
    if wanted.sum() < 10 or wanted.all():
        return np.asarray(wanted, np.bool_)
    cv2.setRNGSeed(0)
    marked = seeds.copy()
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(channels, marked, (0, 0, 1, 1), *models, 4, cv2.GC_INIT_WITH_MASK)
    answer: Mask = (marked & 1) == 1
    return answer


def iou(one: Mask, other: Mask) -> float:
    """Intersection over union of two masks."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def _default() -> Finder | None:
    try:
        return finder()
    except EngineMissing:
        return None


def _views(net: Finder, rgb: Rgb, crop: Crop, wide: View | None) -> tuple[View, View]:
    """The net's views of the box with less and more around it."""
    size = (rgb.shape[1], rgb.shape[0])
    close, far = (crop.box.grown(margin, size) for margin in MARGINS)
    if wide is None or not _serves(wide.around, crop.around, far):
        wide = _shown(net, rgb, far)
    return _shown(net, rgb, close), wide


def _serves(view: Box, needed: Box, wanted: Box) -> bool:
    """Whether a view shows all that is needed, and not much less closely than is wanted."""
    x0, y0, x1, y1 = needed.x, needed.y, needed.x + needed.w, needed.y + needed.h
    holds = view.x <= x0 and view.y <= y0 and view.x + view.w >= x1 and view.y + view.h >= y1
    return holds and view.w * view.h <= _FARTHER * wanted.w * wanted.h


def _shown(net: Finder, rgb: Rgb, around: Box) -> View:
    small = halved(rgb[around.slices], halvings(max(around.w, around.h), _ASKED))
    return View(net.find(small), around)


def _laid(seen: View, crop: Crop) -> Alpha:
    """A net's view (which holds the crop), resampled to the working picture."""
    answer, view = seen.answer, seen.around
    sx, sy = answer.shape[1] / view.w, answer.shape[0] / view.h
    width, height = crop.size
    step_x, step_y = crop.around.w / width * sx, crop.around.h / height * sy
    left, top = (crop.around.x - view.x) * sx, (crop.around.y - view.y) * sy
    back = np.array(
        [[step_x, 0, left + step_x / 2 - 0.5], [0, step_y, top + step_y / 2 - 0.5]], np.float64
    )
    laid = cv2.warpAffine(
        answer,
        back,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(laid, np.float32)


def _own(crop: Crop, salient: Alpha, inside: Mask) -> Alpha:
    """1 where nothing from outside reaches in without crossing an edge, 0 on such a thing.

    A leg, a hem or a hand is salient far outside the box and goes on inside it. What ends close to
    the box is the product's own, of which a box that was drawn roughly or fitted cuts a strip off.
    """
    foreign = _from_afar((salient > 0.5) & ~inside, crop)
    if foreign.sum() < 12:
        return np.ones(salient.shape, np.float32)
    far = reach(crop.rgb, foreign)
    return np.asarray(1 - np.exp(-((far / _INTRUDER) ** 2)), np.float32)


def _from_afar(outside: Mask, crop: Crop) -> Mask:
    """The connected parts of ``outside`` that go on well beyond the box."""
    near = within(crop, round(_LEAKS * crop.factor * float(np.sqrt(crop.box.w * crop.box.h))))
    _, labels = cv2.connectedComponents(outside.astype(np.uint8))
    return np.asarray(outside & np.isin(labels, np.unique(labels[outside & ~near])), np.bool_)
