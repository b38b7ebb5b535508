"""Which file a table is: the option's, else the newest that [files] of shopkit.toml names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from shopkit.errors import InputRefused, UsageFault
from shopkit.runtime.settings import Settings
from shopkit.runtime.table import check_file

_MARKS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """A table found: its path (``-`` is standard input), where its name comes from, its date."""

    path: Path
    named_by: str  # "option" or the settings file
    dated: dt.datetime | None

    @property
    def told(self) -> str:
        """The file with its date, as a person is told."""
        if str(self.path) == "-":
            return "stdin"
        return f"{self.path} ({self.dated:%Y-%m-%d %H:%M})" if self.dated else str(self.path)


def find_table(name: str, given: str | Path | None, settings: Settings) -> Source:
    """Find the file of a table: ``given`` (a file, a glob or ``-``), else that of [files].

    A glob means its newest file. Those of [files] count from the shop's folder. Raises UsageFault
    where the table is named nowhere, InputRefused where no file is there.
    """
    if given is not None:
        return _source(_newest(Path(), str(given)), "option", settings)
    pattern = settings.files.get(name)
    if pattern is None or settings.folder is None:
        raise UsageFault("table_not_named", table=name)
    return _source(_newest(settings.folder, pattern), str(settings.file), settings)


def _newest(folder: Path, pattern: str) -> Path:
    """The file itself, or the newest match; of equally new ones the last by name."""
    path = Path(pattern)
    if pattern == "-" or not _MARKS & set(pattern) or path.exists():
        return path if pattern == "-" else folder / path
    base = Path(path.anchor) if path.is_absolute() else folder
    found = base.glob(str(path.relative_to(path.anchor)))
    files = [(file.stat().st_mtime_ns, str(file), file) for file in found if file.is_file()]
    if not files:
        raise InputRefused("table_missing", file=folder / path)
    return max(files)[2]


def _source(path: Path, named_by: str, settings: Settings) -> Source:
    if str(path) == "-":
        return Source(path, named_by, None)
    check_file(path)
    written = int(path.stat().st_mtime)
    return Source(path, named_by, dt.datetime.fromtimestamp(written, ZoneInfo(settings.time_zone)))
