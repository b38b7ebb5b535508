"""What the picture code asks of an engine, and the small results it gets back."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Probability = NDArray[np.float32]  # (h, w), 0..1, at the engine's own working size


class Finder(Protocol):
    """Finds the product in a picture: where, not how its edge runs."""

    name: str  # of the engine, as a user names it: "rembg"
    model: str
    licence: str

    def find(self, rgb: NDArray[np.uint8]) -> Probability:
        """Return how likely each cell of the picture belongs to the product.

        ``rgb`` is (H, W, 3) sRGB of any size; the answer covers the same view at (h, w).
        """
