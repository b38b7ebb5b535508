"""Which column a header means, which row of a file is the header, which kind of table a file is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shopkit.runtime import cells
from shopkit.runtime.schema import SHOP, Schema, Shape, find_schema, kinds

_NOISE = re.compile(r"[\s_\-:*'\"\u200b\ufeff]+")
_UNIT = re.compile(
    r"\((元|人民币|￥|¥|cny|rmb|usd|\$|分|fen|cents?|%|ratio|比例|秒|s|个|件|人|次)\)$"
)
_MINOR = {"分", "fen", "cent", "cents"}


@dataclass(frozen=True, slots=True)
class Binding:
    """What the columns of one file mean.

    ``headers``: the file's own, made unique. ``names``: for each the canonical name, or None for
    a column that is carried along. ``at``: canonical name -> position. ``minor``: money columns
    that are in fen. ``lacking``: required columns that no header stands for.
    """

    schema: Schema
    headers: tuple[str, ...]
    names: tuple[str | None, ...]
    at: Mapping[str, int]
    minor: frozenset[str]
    platform: str
    shape: Shape | None

    @property
    def lacking(self) -> list[str]:
        """Required columns that neither a header nor a stand-in gives."""
        return [
            column.name
            for column in self.schema.columns.values()
            if column.required and column.name not in self.at and not self.stand_ins(column.name)
        ]

    def stand_ins(self, name: str) -> list[tuple[str, ...]]:
        """For a column without a header: the columns that can stand in for it."""
        if name in self.at:
            return []
        choices = self.schema.columns[name].instead
        return [
            tuple(part for part in parts if part in self.at)
            for parts in choices
            if parts[0] in self.at
        ]


@lru_cache(maxsize=4096)
def normal(header: str) -> str:
    """A header without what writers vary: case, blanks, width, ``_`` and ``-``, marks."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", header).casefold())


def bind(schema: Schema, header: Sequence[str]) -> Binding:
    """Say what each column of a file means; of two that mean the same, the better known counts."""
    own = _unique([cells.clean(cell) for cell in header])
    places = _places(own)
    shape = next((s for s in schema.shapes if all(normal(h) in places for h in s.when)), None)
    first = ("", SHOP, shape.platform) if shape else ()
    at: dict[str, int] = {}
    platforms: list[str] = []
    for column in schema.columns.values():
        for platform, alias in sorted(column.aliases, key=lambda alias: alias[0] not in first):
            place = places.get(normal(alias))
            if place is not None and place not in at.values():
                at[column.name] = place
                platforms.append(platform)
                break
    names: list[str | None] = [None] * len(own)
    for name, place in at.items():
        names[place] = name
    minor = {name for name in at if _unit(own[at[name]]) in _MINOR}
    return Binding(
        schema, tuple(own), tuple(names), at, frozenset(minor), _commonest(platforms), shape
    )


def knows(*schemas: Schema) -> Callable[[Sequence[str]], int]:
    """Return a count of known headers in a row, to find the header row by."""
    known = {
        normal(alias)
        for schema in schemas
        for column in schema.columns.values()
        for _, alias in column.aliases
    }

    def count(row: Sequence[str]) -> int:
        return len(known & _places([cells.clean(cell) for cell in row]).keys())

    return count


def recognise(header: Sequence[str], shop: Path | None = None) -> list[Binding]:
    """Return what a file with this header can be, the best first; a tie means: not clear.

    The kind that knows the most of its columns is the best; only kinds whose required columns and
    one of whose signs are there count. Two results of equal rank are both returned at the head.
    """
    fitting = [
        binding
        for kind in kinds()
        for binding in [bind(find_schema(kind, shop), header)]
        if not binding.lacking and any(sign in binding.at for sign in binding.schema.signs)
    ]
    return sorted(fitting, key=rank, reverse=True)


def rank(binding: Binding) -> tuple[int, int]:
    """How well a file fits: columns known, then those of them that mark the kind."""
    signs = sum(sign in binding.at for sign in binding.schema.signs)
    return len(binding.at), signs


def _unique(headers: list[str]) -> list[str]:
    """A name for each column: nameless ones are numbered, repeated ones too."""
    taken: set[str] = set()
    for place, header in enumerate(headers, start=1):
        name, again = header or f"column {place}", 2
        while name in taken:
            name, again = f"{header or 'column'} ({again})", again + 1
        taken.add(name)
        headers[place - 1] = name
    return headers


def _places(headers: Sequence[str]) -> dict[str, int]:
    """Normal form -> position; a header counts with its unit and without, the first wins."""
    places: dict[str, int] = {}
    for place, header in enumerate(headers):
        plain = normal(header)
        for form in (plain, _UNIT.sub("", plain)):
            if form:
                places.setdefault(form, place)
    return places


def _unit(header: str) -> str:
    found = _UNIT.search(normal(header))
    return found[1] if found else ""


def _commonest(platforms: list[str]) -> str:
    """The platform whose headers were met most; ``generic`` where none was."""
    named = [platform for platform in platforms if platform not in ("", "generic")]
    return max(sorted(set(named)), key=named.count, default="generic")
