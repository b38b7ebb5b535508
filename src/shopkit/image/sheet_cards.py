"""What stands on each card of a contact sheet, gathered from results.csv, side-cars and queue."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from shopkit import messages
from shopkit.errors import InputRefused
from shopkit.image.sidecar import Sidecar, read_sidecar
from shopkit.image.thumbnails import View
from shopkit.runtime.job import Row
from shopkit.runtime.review import Entry
from shopkit.runtime.table import Table

LOW_IS_BAD = ("confidence", "certainty", "place_certainty", "agreement", "matte_agreement")
"""Figures of which a low value is the bad one; of all others a high one is."""

_BEFORE = ("scene", "picture", "image", "input", "product")
_SMALL = 0.25  # a region under this share of the picture gets a close-up
_AROUND = 0.35  # of its sides, shown around it
_WORST_FIRST = ("review", "failed", "pending", "ok")
_SEVERAL = re.compile(r"[;|\n]")  # a cell may name several pictures


Part = tuple[float, float, float, float]


class Shown(NamedTuple):
    """A figure or fact in words; ``value`` where it is a number that can be sorted by."""

    name: str
    label: str
    text: str
    value: float | None = None


class Link(NamedTuple):
    """A file of the run, relative to the page."""

    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the run. ``review`` is its id in the queue, empty where nobody is asked."""

    number: int
    title: str
    origin: str
    status: str
    reason: str
    detail: str
    decision: str
    note: str
    review: str
    before: View | None
    after: View | None
    goods: View | None
    close: Part | None  # the changed region, where it is a small part of the picture
    generated: bool
    figures: tuple[Shown, ...]
    warnings: tuple[str, ...]
    links: tuple[Link, ...]
    worst: int = 0


def cards_of(table: Table, out: Path, page: Path, reviews: Iterable[Entry]) -> list[Card]:
    """Make a card of every row of a run's results.csv (``table``) in folder ``out``.

    ``page`` is the folder that links start from; ``reviews`` are the entries of this folder.
    """
    asked = {entry.item: entry for entry in reviews}
    columns = _figure_columns(table.columns)
    cards = [_card(row, columns, out, page, asked) for row in table.rows]
    ranked = sorted(range(len(cards)), key=lambda index: _badness(cards[index]))
    places = {index: place for place, index in enumerate(ranked)}
    return [replace(card, worst=places[index]) for index, card in enumerate(cards)]


def _card(
    row: Row, columns: Sequence[str], out: Path, page: Path, asked: Mapping[str, Entry]
) -> Card:
    cells = row.cells
    entry = asked.get(cells.get("id", ""))
    record = _record(cells, out)
    before = next((name for name in _BEFORE if cells.get(name)), "")
    places = [Path.cwd(), out, out.parent]
    return Card(
        number=row.number,
        title=cells.get("id") or str(row.number),
        origin=" + ".join(_names(cells)),
        status=cells.get("status", "") if cells.get("status") in _WORST_FIRST else "pending",
        reason=cells.get("reason", ""),
        detail=cells.get("detail", ""),
        decision=entry.decision if entry else cells.get("decision", ""),
        note=entry.note if entry else "",
        review=entry.id if entry else cells.get("review", ""),
        before=_view(cells.get(before, ""), places),
        after=_view(cells.get("output", ""), [out]),
        goods=None if before == "product" else _view(cells.get("product", ""), places),
        close=None if record is None else _close_up(record),
        generated=record is not None and record.origin.generated,
        figures=(*_figures(cells, columns), *_facts(record)),
        warnings=tuple(_warning(code) for code in cells.get("warnings", "").split(";") if code),
        links=tuple(_links(cells, out, page)),
    )


def _badness(card: Card) -> tuple[int, float, int]:
    sure = [each.value for each in card.figures if each.name == "confidence"]
    known = sure[0] if sure and sure[0] is not None else 1.0
    return _WORST_FIRST.index(card.status), known, card.number


def _figure_columns(columns: Sequence[str]) -> list[str]:
    """The columns of evidence: between the outputs and the warnings (see BatchResult.columns)."""
    if "warnings" not in columns:
        return []
    ours = columns[: columns.index("warnings")]
    outputs = [place for place, name in enumerate(ours) if name.startswith("output")]
    after = ours[outputs[-1] + 1 :] if outputs else ours
    return [name for name in after if re.fullmatch(r"[a-z][a-z0-9_]*", name)]


def _figures(cells: Mapping[str, str], columns: Iterable[str]) -> Iterator[Shown]:
    for name in columns:
        said = cells.get(name, "")
        if not said:
            continue
        value = None
        with suppress(ValueError):
            value = float(said)
        yield Shown(name, _label(name), said if value is None else _number(name, value), value)


def _number(name: str, value: float) -> str:
    return f"{value * 100:.0f} %" if name.endswith("_share") else f"{value:.3g}"


def _facts(record: Sidecar | None) -> Iterator[Shown]:
    """What the side-car knows beyond the figures: what did the work, how the place was found."""
    if record is None:
        return
    engines = [
        f"{used.model or used.name} ({used.licence})" if used.licence else used.model or used.name
        for used in record.engines
    ]
    ways = [place.by for place in record.places]
    for name, said in (("done_by", engines), ("place_by", ways)):
        if said:
            yield Shown(name, _label(name), ", ".join(dict.fromkeys(said)))


def _label(name: str) -> str:
    try:
        return messages.text(f"sheet.figure.{name}")
    except KeyError:
        return name.replace("_", " ")


def _warning(code: str) -> str:
    try:
        return messages.reason(code)[0]
    except KeyError:
        return code


def _names(cells: Mapping[str, str]) -> Iterator[str]:
    """The inputs' file names, each once."""
    named = [cells[name] for name in _BEFORE if cells.get(name)]
    found = [re.split(r"[\\/]", part)[-1] for cell in named for part in _SEVERAL.split(cell)]
    yield from dict.fromkeys(name.strip() for name in found if name.strip())


def _file(cell: str, places: Iterable[Path]) -> Path | None:
    """The file that a cell names, the first of several; None where it is not there."""
    for name in (cell, _SEVERAL.split(cell)[0].strip()):
        for place in places:
            with suppress(OSError, ValueError):  # a name that no file system takes
                if name and (place / name).is_file():
                    return place / name
    return None


def _view(cell: str, places: Iterable[Path]) -> View | None:
    path = _file(cell, places)
    return None if path is None else View(path)


def _close_up(record: Sidecar) -> Part | None:
    """The region and something around it, in the picture's own shape; None for a large one."""
    (x, y, w, h), (width, height) = record.region.box, record.output_size
    if not 0 < w * h < _SMALL * width * height:
        return None
    share = min(1.0, max(w / width, h / height) * (1 + 2 * _AROUND))
    left = min(max((x + w / 2) / width - share / 2, 0.0), 1 - share)
    top = min(max((y + h / 2) / height - share / 2, 0.0), 1 - share)
    return left, top, left + share, top + share


def _record(cells: Mapping[str, str], out: Path) -> Sidecar | None:
    path = _file(cells.get("output_sidecar", ""), [out])
    if path is None:
        return None
    try:
        return read_sidecar(path)
    except InputRefused:
        return None  # the sheet shows what it has


def _links(cells: Mapping[str, str], out: Path, page: Path) -> Iterator[Link]:
    for column in (name for name in cells if name.startswith("output")):
        path = _file(cells[column], [out])
        if path is not None:
            kind = column.removeprefix("output").removeprefix("_") or "output"
            yield Link(_href(path, page), _label(kind))


def _href(path: Path, page: Path) -> str:
    try:
        way = os.path.relpath(path.absolute(), page)
    except ValueError:  # another drive
        return path.absolute().as_uri()
    return "./" + quote(Path(way).as_posix())
