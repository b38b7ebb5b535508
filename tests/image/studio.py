"""Small pictures that tests draw: a product on its ground, product photos with their own alpha."""

from pathlib import Path

import cv2
import numpy as np

from shopkit.image.locate import Place
from shopkit.image.matte import Matte
from shopkit.image.picture import Box, Picture, to_bytes, to_linear, to_srgb
from shopkit.image.write import write_picture

RED = (0xC8, 0x10, 0x2E)
BLUE = (40, 70, 150)
SIZE = (240, 180)  # of the scene: width, height
SHOE = np.array(
    [[0, 0.35], [0.28, 0.3], [0.36, 0], [0.62, 0.02], [0.6, 0.35], [1, 0.62], [1, 1], [0, 1]]
)
BOX = Box(70, 70, 96, 60)  # where the old product stands in the scene
PHOTO_BOX = Box(20, 20, 120, 75)  # where the product is in its photo


def outline(box, size):
    """A shoe's side view that fills ``box``, as an alpha with soft edges."""
    points = (SHOE * (box.w, box.h) + (box.x, box.y)) * 16
    drawn = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(drawn, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return drawn.astype(np.float32) / 255


def shaded(colour, size, box):
    """A product's own colour with a soft shine, as its photo shows it."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    shine = np.exp(-(((x - box.x - 0.4 * box.w) / (0.5 * box.w)) ** 2 + ((y - box.y) / box.h) ** 2))
    return to_bytes(np.array(colour) * (0.85 + 0.15 * shine[..., None]))


def ground(seed=1, grain=1.5):
    """An empty scene: a table with a slow shading and grain."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    level = 150 + 30 * x / SIZE[0] - 20 * y / SIZE[1]
    noise = np.random.default_rng(seed).normal(0, grain, (SIZE[1], SIZE[0]))
    return to_bytes((level + noise)[..., None] * np.array([1.0, 0.94, 0.86]))


def lit(rgb, light):
    """sRGB bytes under a factor on linear light."""
    return to_bytes(to_srgb(to_linear(rgb) * np.float32(light)))


def photo(colour=RED, size=(160, 120), box=PHOTO_BOX):
    """A product photo, cut out without a flaw."""
    alpha = outline(box, size)
    return Matte(alpha, shaded(colour, size, box), "alpha", "", "", 1.0)


def scene(light=(0.6, 0.55, 0.45), colour=BLUE, box=BOX):
    """The scene with the old product in it, and the mask of that product."""
    mask = outline(box, SIZE)
    old = lit(shaded(colour, SIZE, box), light)
    rgb = to_bytes(old * mask[..., None] + ground() * (1 - mask[..., None]))
    return Picture(rgb, sha256="scene", path=Path("scene.png")), mask


def given(box=BOX):
    """A place as --box names it."""
    return Place(box, how="box")


def save(folder, name, rgb, alpha=None):
    """Write a picture and return its path."""
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, rgb, alpha)
    return path


def save_row(folder, **cells):
    """The files of one swap, scene, product and mask, as cells; ``cells`` are added to them."""
    picture, mask = scene()
    white = np.repeat(to_bytes(mask * 255)[..., None], 3, axis=2)
    product = photo()
    made = {
        "scene": save(folder, "scene.png", picture.rgb),
        "product": save(folder, "new.png", product.colour, product.alpha),
        "mask": save(folder, "mask.png", white),
    }
    return {name: str(path) for name, path in made.items()} | cells
