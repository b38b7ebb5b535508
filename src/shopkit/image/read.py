"""Open one still from a merchant's folder: upright, 8-bit sRGB, or refused in words."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from shopkit.errors import InputRefused
from shopkit.image.modes import to_srgb_modes
from shopkit.image.picture import Picture

MAX_PIXELS = 80_000_000
"""Above this a picture is refused before its pixels are decoded (8,900 x 9,000)."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
"""What is ever handed to a decoder; GIF only to tell a still from an animation."""

_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "HEIF": (".heic", ".heif", ".hif"),
}
PICTURE_SUFFIXES = frozenset(suffix for known in _SUFFIXES.values() for suffix in known)

# What decoders raise on bytes that are not what they claim to be.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
)

_RESOLUTION, _UNIT = (0x011A, 0x011B), 0x0128  # EXIF: x, y; 2 inch, 3 cm

# First bytes of files that people hand in as pictures and that are none of ours.
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"8BPS", "PSD"),
    (b"PK\x03\x04", "ZIP"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"<!DOC", "HTML"),
    (b"<!doc", "HTML"),
    (b"<html", "HTML"),
    (b"Rar!", "RAR"),
    (b"II*\x00\x10\x00\x00\x00CR", "RAW"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def read_picture(path: Path | str, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a still as upright 8-bit sRGB with its own transparency, dpi and content hash.

    The content decides what a file is, not its name; ``notes`` tells what reading changed.
    Raises InputRefused (``image_missing``, ``image_is_folder``, ``image_empty``,
    ``image_not_a_picture``, ``image_heic_plugin``, ``image_animated``, ``image_too_large``,
    ``image_truncated``).
    """
    path = Path(path)
    data = _bytes(path)
    image = _open(path, data)
    _check_shape(path, image, max_pixels)
    notes = _file_notes(path, image)
    upright, turned = _load(path, image, data)
    rgb, alpha, changed = to_srgb_modes(upright, image.info.get("icc_profile"))
    return Picture(
        rgb=rgb,
        alpha=alpha,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        format=_format(image),
        dpi=_dpi(image),
        notes=(*notes, *turned, *changed),
    )


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputRefused("image_is_folder", path=path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputRefused("image_missing", path=path) from None
    except OSError as error:
        raise InputRefused("image_unreadable", path=path, error=error.strerror) from None
    if not data:
        raise InputRefused("image_empty", path=path)
    return data


def _open(path: Path, data: bytes) -> Image.Image:
    heif = _is_heif(data)
    formats = ("HEIF",) if heif else FORMATS
    if heif and not _heif_plugin():
        raise InputRefused("image_heic_plugin", path=path)
    try:
        with warnings.catch_warnings():
            # our own limit speaks, in the reader's language
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError:
        raise InputRefused("image_too_large", path=path, size="?", limit=_mp(MAX_PIXELS)) from None
    except UnidentifiedImageError:
        raise InputRefused("image_not_a_picture", path=path, kind=_kind(data)) from None
    except _BROKEN as error:
        raise InputRefused("image_truncated", path=path, error=str(error)) from None


def _check_shape(path: Path, image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        size = f"{width}x{height}"
        raise InputRefused("image_too_large", path=path, size=size, limit=_mp(max_pixels))
    frames = getattr(image, "n_frames", 1)
    # a phone's JPEG may carry a depth map as its second picture (MPO); the first is the photo
    if frames > 1 and image.format not in ("MPO", "HEIF"):
        raise InputRefused("image_animated", path=path, frames=frames)


def _load(path: Path, image: Image.Image, data: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Decode every pixel and turn the picture upright."""
    try:
        turned = image.getexif().get(0x0112, 1) in range(2, 9)
    except _BROKEN:
        return _decode(path, image, data), ("exif_broken",)
    _decode(path, image, data)
    ImageOps.exif_transpose(image, in_place=True)
    return image, ("exif_rotated",) if turned else ()


def _decode(path: Path, image: Image.Image, data: bytes) -> Image.Image:
    try:
        if image.format == "PNG":
            Image.open(io.BytesIO(data), formats=("PNG",)).verify()  # load() skips the checksums
        image.load()
    except _BROKEN as error:
        raise InputRefused("image_truncated", path=path, error=str(error)) from None
    return image


def _file_notes(path: Path, image: Image.Image) -> list[str]:
    """What the file itself shows before its pixels are decoded: its name, its depth."""
    known = _SUFFIXES[_format(image)]
    notes = [] if path.suffix.lower() in known else [f"suffix:{path.suffix or '-'}"]
    deep = image.mode.startswith("I;16") or ";16" in str(getattr(image, "tile", ""))
    deep = deep or image.info.get("bit_depth", 8) != 8  # HEIC
    return [*notes, "16bit"] if deep else notes


def _format(image: Image.Image) -> str:
    return "JPEG" if image.format == "MPO" else str(image.format)


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Pixels an inch, from the format's own field, else from EXIF (WebP has no field)."""
    said = image.info.get("dpi")
    try:
        if said is None:
            exif = image.getexif()
            inch = {2: 1.0, 3: 2.54}.get(exif.get(_UNIT, 2), 0.0)
            said = tuple(float(exif[tag]) * inch for tag in _RESOLUTION if tag in exif)
        across, down = (float(value) for value in said)
    except _BROKEN:
        return None
    return (across, down) if 1 <= across < 1e5 and 1 <= down < 1e5 else None


def _is_heif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def _heif_plugin() -> bool:
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def _kind(data: bytes) -> str:
    head = data[:64].lstrip()
    if data[4:8] == b"ftyp":
        return data[8:12].decode("ascii", "replace").strip().upper()
    return next((name for start, name in _OTHERS if head.startswith(start)), "?")


def _mp(pixels: int) -> str:
    return f"{pixels / 1e6:.0f}"
