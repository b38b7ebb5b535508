"""The folder of a shop: made by ``init``, found again by its shopkit.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shopkit.errors import InputRefused
from shopkit.messages import text
from shopkit.runtime.settings import DEFAULTS, FILE

FOLDERS = ("pictures", "out")
_IGNORED = ".shopkit/"


@dataclass(frozen=True)
class ShopFolder:
    """What ``make_shop`` did: paths made, and paths that were there and were left alone."""

    folder: Path
    made: tuple[Path, ...]
    kept: tuple[Path, ...]


def make_shop(folder: Path) -> ShopFolder:
    """Make ``folder`` a shop: commented settings, folders, a line in .gitignore.

    Never changes what is there, but for adding that line. Raises InputRefused where the folder
    cannot be written.
    """
    wanted = [folder / FILE, *(folder / name for name in FOLDERS), folder / ".gitignore"]
    kept = tuple(path for path in wanted if path.exists())
    try:
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        if folder / FILE not in kept:
            (folder / FILE).write_text(settings_file(), encoding="utf-8")
        _ignore(folder / ".gitignore")
    except OSError as error:
        raise InputRefused("out_not_writable", path=folder, error=error.strerror) from None
    return ShopFolder(folder, tuple(path for path in wanted if path not in kept), kept)


def settings_file() -> str:
    """Return a fresh shopkit.toml: every setting in words, with its default, switched off."""
    lines = [_comment(text("shop.file.head"))]
    for key, default in DEFAULTS.items():
        section, _, name = key.rpartition(".")
        if section and f"[{section}]" not in lines:
            lines += ["", f"[{section}]"]
        value = f'"{default}"' if isinstance(default, str) else str(default)
        lines += ["", _comment(text(f"shop.settings.{key}")), f"# {name} = {value}"]
    return "\n".join([*lines, "", _comment(text("shop.file.tail")), ""])


def _comment(words: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in words.split("\n"))


def _ignore(file: Path) -> None:
    """Keep the state out of version control."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if _IGNORED not in lines:
        file.write_text("\n".join([*lines, _IGNORED, ""]), encoding="utf-8")
