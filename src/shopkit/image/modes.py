"""Bring whatever a decoder hands over (CMYK, 16-bit, palette, profiles) to 8-bit sRGB."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from shopkit.image.picture import Rgb, to_bytes

Alpha8 = NDArray[np.uint8]

_MODE_NOTES = {"CMYK": "cmyk", "P": "palette", "PA": "palette", "L": "gray", "LA": "gray"}
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION


def to_srgb_modes(
    image: Image.Image, profile: bytes | None
) -> tuple[Rgb, Alpha8 | None, tuple[str, ...]]:
    """Return (pixels, transparency or None, notes) of a decoded, upright image.

    A profile is followed by LittleCMS, relative colorimetric with black-point compensation; a
    picture without one is taken as sRGB, as browsers do.
    """
    notes = [_MODE_NOTES[image.mode]] if image.mode in _MODE_NOTES else []
    alpha = _transparency(image)
    plain = _eight_bit(image)
    if profile:
        plain, name = _by_profile(plain, profile)
        notes += [f"icc:{name}"] if name else []
    if plain.mode == "CMYK":
        notes.append("cmyk_no_profile")
    if plain.mode == "LAB":
        plain = _from_lab(plain)
    rgb = np.asarray(plain if plain.mode == "RGB" else plain.convert("RGB"))
    return np.ascontiguousarray(rgb), alpha, tuple(notes)


def srgb_profile() -> bytes:
    """The sRGB profile that every written picture carries: the same bytes on every day."""
    return _srgb_bytes()


def _transparency(image: Image.Image) -> Alpha8 | None:
    """The picture's own alpha; None where it has none or where all of it is opaque."""
    if not image.has_transparency_data or image.mode.startswith("I"):
        return None
    wide = image if image.mode == "RGBA" else image.convert("RGBA")
    alpha = np.asarray(wide.getchannel("A"))
    return None if bool((alpha == 255).all()) else alpha


def _eight_bit(image: Image.Image) -> Image.Image:
    """Drop transparency and depth, keeping L, RGB, CMYK and LAB as they are."""
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_scaled(np.asarray(image)))
    if image.mode in ("1", "LA"):
        return image.convert("L")
    return image.convert("RGBA").convert("RGB")


def _scaled(values: NDArray[np.generic]) -> Alpha8:
    """Bring deep grey samples to 0..255 by the range that their type or content shows."""
    top = float(values.max(initial=0))
    if values.dtype == np.uint16:
        full = 65535.0
    elif values.dtype.kind == "f" and top <= 1:
        full = 1.0
    else:
        full = next((r for r in (255.0, 65535.0) if top <= r), 2.0**31 - 1)
    return to_bytes(values.astype(np.float32) * np.float32(255 / full))


def _by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, str]:
    """Follow the file's profile; one that is broken or for other channels is left out."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space) != image.mode:
            return image, ""
        name = ImageCms.getProfileDescription(source).strip() or "?"
        transform = ImageCms.buildTransform(
            source, _srgb(), image.mode, "RGB", renderingIntent=_INTENT, flags=_FLAGS
        )
        if image.mode == "RGB" and _changes_nothing(transform):
            return image, ""
        return transform.apply(image), name
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image, ""


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """True for sRGB under any of its names: then the file's own pixels are kept to the bit."""
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
    after = np.asarray(transform.apply(Image.fromarray(cube)))
    return int(np.abs(after.astype(int) - cube).max()) <= 2


def _from_lab(image: Image.Image) -> Image.Image:
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
    return transform.apply(image)


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@cache
def _srgb_bytes() -> bytes:
    made = bytearray(_srgb().tobytes())
    # LittleCMS stamps the time of day into the header (ICC.1:2010, 7.2.8): fix it
    made[24:36] = bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    return bytes(made)
