"""Schemas of the shop's tables as data: each column's name, its cast and the headers it goes by.

A kind of table is a file ``data/headers/<kind>.toml``; a shop adds its own headers by files in
its folder ``headers/`` (written by ``init --map``). No header stands in code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from shopkit.data import DATA
from shopkit.errors import UsageFault

Cast = Literal["id", "text", "money", "number", "count", "percent", "duration", "time", "flag"]
"""What a cell is made into: text as it is (id, text), minor units (money), Decimal (number),
whole number (count), ppm (percent), seconds (duration), datetime with zone (time), bool (flag)."""

_HEADERS = DATA / "headers"
_ABOUT = ("cast", "required", "else", "empty")
SHOP = "shop"
"""The platform name of headers that the shop has mapped itself."""


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column. ``aliases``: (platform, header), the best first.

    ``instead``: columns joined by ``/`` to stand in where a file has no such column, the first
    choice that has a value; ``empty``: words that mean nothing here.
    """

    name: str
    cast: Cast
    required: bool
    aliases: tuple[tuple[str, str], ...]
    instead: tuple[tuple[str, ...], ...] = ()
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of one platform's file hang together, known by the headers ``when``.

    Of several headers for one column those of the ``platform`` count first.
    ``fill`` columns left blank are taken from the first row with the same ``fill_by``, or from the
    row that ``parent`` names. Only rows that have one of ``rows_with`` are rows of this table, and
    none whose column ``without`` holds one of ``words``.
    """

    when: tuple[str, ...]
    platform: str
    fill_by: str = ""
    fill: tuple[str, ...] = ()
    parent: str = ""
    parent_prefix: str = ""
    rows_with: tuple[str, ...] = ()
    without: str = ""
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Schema:
    """One kind of table. ``table`` is its name in [files] and as an option (``catalog``).

    ``signs``: a file counts as this kind only if it has one of these columns.
    """

    kind: str
    table: str
    key: tuple[str, ...]
    signs: tuple[str, ...]
    columns: Mapping[str, Column]
    shapes: tuple[Shape, ...] = ()


def kinds() -> list[str]:
    """Every kind of table that there are headers for."""
    return sorted(_tables().values())


def find_schema(kind: str, shop: Path | None = None) -> Schema:
    """Return the schema of a kind (``skus``) or table (``catalog``), with the shop's own headers.

    Raises UsageFault for an unknown kind or a mapping file that cannot be read.
    """
    named = kind if kind in kinds() else _tables().get(kind)
    if named is None:
        raise UsageFault("table_kind_unknown", kind=kind, known=", ".join(kinds()))
    schema = _schema(named)
    for file, mapping in _mappings(shop):
        if mapping.get("kind") == schema.kind:
            schema = _with_headers(schema, mapping.get("columns", {}), file)
    return schema


@cache
def _tables() -> dict[str, str]:
    """Table -> kind, from what stands above the columns of each file: a run needs few kinds."""
    files = _HEADERS.glob("*.toml")
    heads = {file.stem: file.read_text(encoding="utf-8").partition("\n[")[0] for file in files}
    return {tomllib.loads(head)["table"]: kind for kind, head in heads.items()}


@cache
def _schema(kind: str) -> Schema:
    content = tomllib.loads((_HEADERS / f"{kind}.toml").read_text(encoding="utf-8"))
    return Schema(
        kind=kind,
        table=content["table"],
        key=tuple(content["key"]),
        signs=tuple(content["signs"]),
        columns={name: _column(name, entry) for name, entry in content["columns"].items()},
        shapes=tuple(_shape(entry) for entry in content.get("shapes", ())),
    )


def _column(name: str, entry: dict[str, Any]) -> Column:
    if entry["cast"] not in get_args(Cast):
        raise ValueError(f"{name}: no cast {entry['cast']}")
    platforms = {key: headers for key, headers in entry.items() if key not in _ABOUT}
    aliases = [("", name), *((key, header) for key, all_ in platforms.items() for header in all_)]
    return Column(
        name=name,
        cast=entry["cast"],
        required=entry.get("required", False),
        aliases=tuple(aliases),
        instead=tuple(tuple(parts) for parts in entry.get("else", ())),
        empty=frozenset(entry.get("empty", ())),
    )


def _shape(entry: dict[str, Any]) -> Shape:
    without = entry.get("rows_without", {})
    return Shape(
        when=tuple(entry["when"]),
        platform=entry["platform"],
        fill_by=entry.get("fill_by", ""),
        fill=tuple(entry.get("fill", ())),
        parent=entry.get("parent", ""),
        parent_prefix=entry.get("parent_prefix", ""),
        rows_with=tuple(entry.get("rows_with", ())),
        without=without.get("column", ""),
        words=frozenset(without.get("words", ())),
    )


def _mappings(shop: Path | None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The shop's own mapping files, by name."""
    for file in sorted((shop / "headers").glob("*.toml")) if shop else ():
        try:
            yield file, tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageFault("settings_unreadable", path=file, why=error) from None


def _with_headers(schema: Schema, given: Mapping[str, Any], file: Path) -> Schema:
    """The schema with a mapping's headers before its own; an empty one was not filled in."""
    columns = dict(schema.columns)
    for name, headers in given.items():
        if name not in columns:
            nearest = get_close_matches(name, columns, n=1, cutoff=0)[0]
            raise UsageFault("setting_unknown", key=name, path=file, nearest=nearest)
        wanted = [headers] if isinstance(headers, str) else headers
        own = tuple((SHOP, str(header)) for header in wanted if header)
        columns[name] = replace(columns[name], aliases=own + columns[name].aliases)
    return replace(schema, columns=columns)
