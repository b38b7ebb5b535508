"""Write a picture so that any program shows the same colours, and the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, PngImagePlugin

from shopkit import __version__
from shopkit.errors import InputRefused, UsageFault
from shopkit.image.modes import srgb_profile
from shopkit.image.picture import Rgb, to_bytes
from shopkit.image.read import read_picture

JPEG_QUALITY = 92
SOFTWARE = f"shopkit {__version__}"
_EXIF_SOFTWARE = 0x0131
_WEBP_SIDE = 16383
_ONE_AT_A_TIME = Lock()  # the encoder's room is the whole process's

Dpi = tuple[float, float] | None


def write_picture(
    path: Path,
    rgb: Rgb,
    alpha: NDArray[np.generic] | None = None,
    *,
    dpi: Dpi = None,
    quality: int | None = None,
    xmp: str = "",
) -> None:
    """Write sRGB pixels, in the format that the suffix names, with the sRGB profile embedded.

    PNG and TIFF are lossless, WebP too unless ``quality`` is given, JPEG is 4:4:4 at ``quality``
    (92). ``alpha`` is 0..255 (uint8) or 0..1 (float); hidden pixels are zeroed, which halves a
    PNG. ``xmp`` is a metadata packet to embed (who or what made the pixels). Raises UsageFault
    ``image_suffix_unknown`` or ``image_no_transparency``, InputRefused ``image_too_wide``.
    """
    save = writer_for(path)
    if alpha is not None and save is _jpeg:
        raise UsageFault("image_no_transparency", path=path)
    image = _image(rgb, alpha)
    with _ONE_AT_A_TIME:
        save(path, image, dpi, quality, xmp)


def writer_for(path: Path) -> Callable[[Path, Image.Image, Dpi, int | None, str], None]:
    """The writer that a path's suffix names. Raises UsageFault ``image_suffix_unknown``."""
    found = _WRITERS.get(path.suffix.lower())
    if found is None:
        raise UsageFault("image_suffix_unknown", path=path, known=" ".join(sorted(_WRITERS)))
    return found


def verify_picture(path: Path, size: tuple[int, int] | None = None) -> None:
    """Decode a written file wholly; InputRefused ``image_write_broken`` if it is not right."""
    try:
        found = read_picture(path).size
    except InputRefused as error:
        raise InputRefused("image_write_broken", path=path, error=error.say) from None
    if size is not None and found != size:
        raise InputRefused("image_write_broken", path=path, error=f"{found} != {size}")


def _image(rgb: Rgb, alpha: NDArray[np.generic] | None) -> Image.Image:
    if alpha is None:
        return Image.fromarray(np.ascontiguousarray(rgb))
    a = alpha if alpha.dtype == np.uint8 else to_bytes(alpha.astype(np.float32) * 255)
    shown = a.astype(bool)[..., None]
    return Image.fromarray(np.dstack([np.where(shown, rgb, np.uint8(0)), a]))


def _png(path: Path, image: Image.Image, dpi: Dpi, quality: int | None, xmp: str) -> None:
    del quality  # always lossless
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", SOFTWARE)
    if xmp:
        info.add_itxt("XML:com.adobe.xmp", xmp)
    more = {"dpi": dpi} if dpi else {}
    image.save(path, "PNG", compress_level=1, pnginfo=info, icc_profile=srgb_profile(), **more)


def _jpeg(path: Path, image: Image.Image, dpi: Dpi, quality: int | None, xmp: str) -> None:
    more = {"dpi": (round(dpi[0]), round(dpi[1]))} if dpi else {}
    with _room_for(image):
        image.save(
            path,
            "JPEG",
            quality=quality or JPEG_QUALITY,
            subsampling=0,
            optimize=True,
            icc_profile=srgb_profile(),
            exif=_exif(),
            **({"xmp": xmp.encode()} if xmp else {}),
            **more,
        )


@contextmanager
def _room_for(image: Image.Image) -> Iterator[None]:
    """Let Pillow's encoder have room for the whole file, which "optimize" wants.

    Its own guess is too small for a grainy picture. The room is given back: it sizes the chunks
    of a PNG, too, whose bytes must not hang on what was written before.
    """
    usual = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(usual, 4 * image.width * image.height)
    try:
        yield
    finally:
        ImageFile.MAXBLOCK = usual


def _webp(path: Path, image: Image.Image, dpi: Dpi, quality: int | None, xmp: str) -> None:
    if max(image.size) > _WEBP_SIDE:
        raise InputRefused("image_too_wide", path=path, limit=_WEBP_SIDE)
    how = {"lossless": True, "quality": 0} if quality is None else {"quality": quality}
    image.save(
        path,
        "WEBP",
        method=0 if quality is None else 4,
        icc_profile=srgb_profile(),
        exif=_exif(dpi),
        **({"xmp": xmp.encode()} if xmp else {}),
        **how,
    )


def _tiff(path: Path, image: Image.Image, dpi: Dpi, quality: int | None, xmp: str) -> None:
    del quality  # always lossless
    tags = {_EXIF_SOFTWARE: SOFTWARE, **({700: xmp.encode()} if xmp else {})}
    more = {"dpi": dpi} if dpi else {}
    image.save(
        path, "TIFF", compression="tiff_lzw", tiffinfo=tags, icc_profile=srgb_profile(), **more
    )


def _exif(dpi: Dpi = None) -> Image.Exif:
    exif = Image.Exif()
    exif[_EXIF_SOFTWARE] = SOFTWARE
    if dpi:
        exif[0x011A], exif[0x011B], exif[0x0128] = dpi[0], dpi[1], 2  # resolution, in inches
    return exif


_WRITERS = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
}
