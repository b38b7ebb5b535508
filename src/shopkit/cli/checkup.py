"""What ``doctor`` looks at: does this machine have what the work needs, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import locale
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shopkit import __version__
from shopkit.errors import ShopkitError
from shopkit.messages import language, text
from shopkit.runtime.settings import Settings, endpoint_key, load_settings

State = Literal["ok", "warning", "broken", "info"]
_PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "rembg", "pandas", "openai")
_PILLOW_FLOOR = 13
_FONTS = (
    "NotoSansCJK*",
    "NotoSerifCJK*",
    "wqy-*",
    "msyh*",
    "PingFang*",
    "SourceHanSans*",
    "simhei*",
)
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``broken`` stops work, ``warning`` takes something away."""

    name: str
    state: State
    found: str
    fix: str = ""


def check_all(*, online: bool) -> Iterator[Check]:
    """Look at everything; the network only if ``online``."""
    yield Check("shopkit", "info", __version__)
    yield Check("python", "info", f"{platform.python_version()} ({sys.executable})")
    yield pillow()
    yield from (package(name) for name in _PACKAGES)
    yield optional("moviepy", text("shop.doctor.fix_moviepy"))
    yield optional("pillow-heif", text("shop.doctor.fix_heic"))
    yield ffmpeg()
    yield font()
    yield from models()
    yield encoding()
    yield from shop(online=online)


def pillow() -> Check:
    """Pillow below 13 has known holes, and pictures come from strangers."""
    found = package("pillow")
    if found.state == "ok" and int(found.found.split(".")[0]) < _PILLOW_FLOOR:
        return Check("pillow", "warning", found.found, text("shop.doctor.fix_pillow"))
    return found


def package(name: str) -> Check:
    """A package that some command cannot do without."""
    try:
        return Check(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        fix = text("shop.doctor.fix_package", name=name)
        return Check(name, "broken", text("shop.doctor.missing"), fix)


def optional(name: str, fix: str) -> Check:
    """A package that one feature is better with."""
    found = package(name)
    return found if found.state == "ok" else Check(name, "warning", found.found, fix)


def ffmpeg() -> Check:
    """The ffmpeg program that imageio-ffmpeg brings, or the one it finds."""
    import imageio_ffmpeg

    try:
        return Check("ffmpeg", "ok", imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return Check(
            "ffmpeg", "warning", text("shop.doctor.missing"), text("shop.doctor.fix_ffmpeg")
        )


def font() -> Check:
    """A font with Chinese characters, for labels on pictures."""
    packed = importlib.util.find_spec("noto_cjk_sans_otc")
    if packed and packed.origin:
        return Check("font", "ok", str(Path(packed.origin).parent))
    for folder in (Path(name).expanduser() for name in _FONT_FOLDERS):
        for pattern in _FONTS:
            if file := next(folder.rglob(pattern), None):
                return Check("font", "ok", str(file))
    return Check("font", "warning", text("shop.doctor.missing"), text("shop.doctor.fix_font"))


def models() -> Iterator[Check]:
    """The cut-out models that a shop may use and that the package index brings."""
    from shopkit.engines.weights import KNOWN, find_model
    from shopkit.runtime.files import sha256

    for model in (known for known in KNOWN.values() if known.package):
        file, facts = find_model(model.name), f"{model.size / 1e6:.1f} MB, {model.licence}"
        fix = text("shop.doctor.fix_model", name=model.name)
        if file is None:
            found = f"{text('shop.doctor.missing')} ({facts})"
            yield Check(model.name, "info", found, fix)
        elif sha256(file) != model.sha256:
            yield Check(model.name, "broken", text("shop.doctor.damaged", path=file), fix)
        else:
            yield Check(model.name, "ok", f"{file} ({facts}, sha256 {model.sha256[:12]})")


def encoding() -> Check:
    """The language in use and how text reaches the screen."""
    found = f"{language()}, {locale.getpreferredencoding(False)}, stdout {sys.stdout.encoding}"
    return Check("locale", "info", found)


def shop(*, online: bool) -> Iterator[Check]:
    """The settings with their sources, the state folder and the model endpoint."""
    try:
        settings = load_settings()
    except ShopkitError as error:
        yield Check("settings", "broken", error.say, error.fix)
        return
    yield Check("settings", "info", str(settings.file or text("shop.doctor.no_shop")))
    for key, (value, source) in settings.values.items():
        yield Check(key, "info", f"{_shown(key, value)} ({source})")
    yield state(settings)
    yield endpoint(settings, online=online)


def _shown(key: str, value: object) -> str:
    if value == "":
        return text("shop.doctor.unset")
    return text("shop.doctor.all_cores") if (key, value) == ("jobs", 0) else str(value)


def state(settings: Settings) -> Check:
    """Whether done work can be remembered."""
    from shopkit.runtime.state import State as StateFile

    try:
        with StateFile(settings.state_path) as opened:
            return Check("state", "ok", str(opened.path))
    except ShopkitError as error:
        return Check("state", "broken", error.say, error.fix)


def endpoint(settings: Settings, *, online: bool) -> Check:
    """The model endpoint: set, with a key, and reachable if that may be tried."""
    if not settings.edit_url:
        return Check("endpoint", "info", text("shop.doctor.unset"))
    if not endpoint_key():
        return Check("endpoint", "warning", settings.edit_url, text("shop.doctor.fix_key"))
    if not online:
        return Check("endpoint", "info", settings.edit_url, text("shop.doctor.fix_online"))
    return _reached(settings.edit_url)


def _reached(url: str) -> Check:
    import urllib.error
    import urllib.request

    request = urllib.request.Request(  # noqa: S310  the merchant's own setting
        f"{url.rstrip('/')}/models", headers={"Authorization": f"Bearer {endpoint_key()}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  as above
            return Check("endpoint", "ok", f"{url} ({answer.status})")
    except (urllib.error.URLError, ValueError, OSError) as error:
        return Check("endpoint", "warning", f"{url}: {error}", text("shop.doctor.fix_endpoint"))
