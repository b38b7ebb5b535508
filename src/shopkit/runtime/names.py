"""File names made from table cells: a cell is data and never leads out of the output folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from shopkit.errors import InputRefused

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)", re.I)
_OURS = ("results.csv", ".shopkit")
_LONGEST = 180  # bytes; file systems hold 255, scratch names and suffixes need room


def safe_stem(text: str) -> str:
    """A file-name stem from an id or title: what no file system takes becomes ``_``.

    >>> safe_stem("a/b: 红色?")
    'a_b_ 红色_'
    """
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", text)).strip(" .")
    name = name.encode()[:_LONGEST].decode(errors="ignore").strip(" .")
    if not name or _RESERVED.fullmatch(name.partition(".")[0].strip()):
        name += "_"
    return name


def output_path(out: Path, cell: str, stem: str, suffix: str) -> Path:
    """Where a row's main output goes: its ``out`` cell inside ``out``, else ``stem`` made safe.

    A cell without a suffix gets ``suffix`` (".png"). Raises InputRefused ``output_unsafe`` for a
    cell that leads elsewhere or that some file system cannot hold.
    """
    if not cell:
        return out / (safe_stem(stem) + suffix)
    path = out / inner_path(cell)
    return path if path.suffix else path.with_name(path.name + suffix)


def inner_path(cell: str) -> Path:
    """The relative path that a cell names; ``/`` and ``\\`` both part folders.

    Raises InputRefused ``output_unsafe``: absolute, drive letter, ``..``, reserved name, NUL.
    """
    parts = unicodedata.normalize("NFC", cell).replace("\\", "/").split("/")
    if not all(_holds(part) for part in parts) or parts[0].lower().startswith(_OURS):
        raise InputRefused("output_unsafe", value=cell)
    return Path(*parts)


def folded(path: Path) -> str:
    """What two paths share where the file system does not tell case or accents apart."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _holds(part: str) -> bool:
    """Whether every file system keeps this name as it is."""
    return (
        part not in ("", ".", "..")
        and part == part.strip(" ").rstrip(".")
        and len(part.encode(errors="replace")) <= _LONGEST
        and not _UNSAFE.search(part)
        and not _RESERVED.fullmatch(part.partition(".")[0].strip())
        and part.isprintable()
    )
