"""Lay a crop of any size into a size that an image model takes, and take it out again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shopkit.errors import InputRefused

Pixels = NDArray[np.uint8]  # (H, W, 3)

# Sizes that every GPT image model takes; those from gpt-image-2 on take any multiple of 16
# between 1:3 and 3:1, beyond 2560x1440 pixels only as an experiment.
_STANDARD = ((1024, 1024), (1536, 1024), (1024, 1536))
_STEP, _LONGEST_RATIO, _MOST_PIXELS, _LEAST_PIXELS = 16, 3.0, 2560 * 1440, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A crop laid into a size that the model takes: scaled evenly, its edges drawn out.

    ``width`` x ``height`` is what is sent; ``left``, ``top``, ``inner_width``, ``inner_height``
    is where the crop of ``crop_width`` x ``crop_height`` lies in it.
    """

    width: int
    height: int
    left: int
    top: int
    inner_width: int
    inner_height: int
    crop_width: int
    crop_height: int

    @classmethod
    def around(cls, width: int, height: int, model: str) -> Frame:
        """The frame for a crop of ``width`` x ``height``."""
        outer = (
            _any_size(width, height) if _takes_any_size(model) else _standard_size(width, height)
        )
        scale = min(outer[0] / width, outer[1] / height)
        inner = min(outer[0], round(width * scale)), min(outer[1], round(height * scale))
        left, top = (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
        return cls(*outer, left, top, *inner, width, height)

    def put(self, crop: Pixels) -> Pixels:
        """The crop in its frame; what lies around it repeats the crop's edge."""
        inner = _resized(crop, (self.inner_width, self.inner_height))
        return np.pad(inner, (*self._margins(), (0, 0)), mode="edge")

    def put_mask(self, region: NDArray[np.bool_]) -> Pixels:
        """The mask as (H, W, 4): transparent where to edit, opaque everywhere else."""
        size = (self.inner_width, self.inner_height)
        inside = _resized(np.where(region, 255, 0).astype(np.uint8), size) > 0
        alpha = np.where(np.pad(inside, self._margins()), 0, 255).astype(np.uint8)
        return np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha])

    def take(self, answer: Pixels) -> Pixels:
        """The crop's part of an answer, at the crop's size.

        An answer of another size but the same shape is scaled; InputRefused ``edit_wrong_size``
        for another shape.
        """
        height, width = answer.shape[:2]
        if abs(math.log(width * self.height / (height * self.width))) > 0.01:
            asked, found = f"{self.width}x{self.height}", f"{width}x{height}"
            raise InputRefused("edit_wrong_size", asked=asked, found=found)
        x, y = width / self.width, height / self.height
        box = (
            self.left * x,
            self.top * y,
            (self.left + self.inner_width) * x,
            (self.top + self.inner_height) * y,
        )
        return _resized(answer, (self.crop_width, self.crop_height), box)

    def _margins(self) -> tuple[tuple[int, int], tuple[int, int]]:
        right = self.width - self.left - self.inner_width
        bottom = self.height - self.top - self.inner_height
        return (self.top, bottom), (self.left, right)


def _takes_any_size(model: str) -> bool:
    return model.startswith("gpt-image-2")


def _standard_size(width: int, height: int) -> tuple[int, int]:
    shape = math.log(width / height)
    return min(_STANDARD, key=lambda size: abs(math.log(size[0] / size[1]) - shape))


def _any_size(width: int, height: int) -> tuple[int, int]:
    """The crop's own size as far as the model goes: multiples of 16, 1:3 to 3:1, 1 to 3.7 MP."""
    wide, tall = max(width, height / _LONGEST_RATIO), max(height, width / _LONGEST_RATIO)
    most = min(1.0, math.sqrt(_MOST_PIXELS / (wide * tall)))
    scale = max(most, math.sqrt(_LEAST_PIXELS / (wide * tall)))
    return _whole_steps(wide * scale), _whole_steps(tall * scale)


def _whole_steps(length: float) -> int:
    return max(_STEP, int(length // _STEP) * _STEP)


def _resized(
    values: Pixels, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Pixels:
    picture = Image.fromarray(np.ascontiguousarray(values))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, box=box))
