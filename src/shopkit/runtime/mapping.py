"""What a file is taken for: its kind and columns; a mapping to fill in where nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from shopkit.errors import InputRefused, UsageFault
from shopkit.runtime.files import write_bytes
from shopkit.runtime.headers import Binding, bind, knows, normal, rank, recognise
from shopkit.runtime.rejects import Reject
from shopkit.runtime.schema import Schema, find_schema, kinds
from shopkit.runtime.table import read_raw
from shopkit.runtime.typed import check_width

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

_LIKE = 0.75  # how near a header must come to a known one to be proposed


@dataclass(frozen=True)
class Mapped:
    """A file looked at. ``table``: None where its kind is not known; then ``file`` is a mapping
    file that was written to be filled in. ``also``: other kinds it could be as well.
    """

    table: Columns | None
    binding: Binding
    rejects: tuple[Reject, ...] = ()
    file: Path | None = None
    also: tuple[str, ...] = ()

    def columns(self) -> list[dict[str, str]]:
        """The file's columns with what each is taken for (empty: carried along as it is)."""
        pairs = zip(self.binding.headers, self.binding.names, strict=True)
        return [{"column": header, "means": name or ""} for header, name in pairs]


def map_file(
    source: Path,
    *,
    kind: str | None = None,
    encoding: str | None = None,
    shop: Path | None = None,
) -> Mapped:
    """Recognise a file and read it; else write ``headers/<name>.toml`` to be filled in.

    ``kind``: what the file is, where its headers do not tell. Raises InputRefused for a file that
    cannot be read, or where nobody can tell what it is and no ``kind`` was given.
    """
    from shopkit.runtime.columns import open_columns, open_database
    from shopkit.runtime.columns_feed import local_copy

    schemas = [find_schema(one, shop) for one in ([kind] if kind else kinds())]
    with TemporaryDirectory(prefix="shopkit-") as scratch, open_database() as db:
        file = local_copy(source, Path(scratch))  # what comes on stdin is read twice
        header = _header(file, encoding, schemas, Path(scratch))
        found = [bind(schemas[0], header)] if kind else recognise(header, shop)
        fitting = [one for one in found if not one.lacking and one.at]
        if fitting:
            best = fitting[0]
            also = tuple(one.schema.kind for one in fitting[1:] if rank(one) == rank(best))
            table = open_columns(best.schema.kind, file, db, encoding=encoding, shop=shop)
            return Mapped(table, best, tuple(table.read_rejects()), also=also)
    if kind is None:
        raise InputRefused("table_kind_unclear", file=source.name, known=", ".join(kinds()))
    return Mapped(None, found[0], file=_write_mapping(source, schemas[0], found[0], shop))


def _header(file: Path, encoding: str | None, schemas: list[Schema], scratch: Path) -> list[str]:
    """The header of a file, a text table's without reading it all."""
    from shopkit.runtime.columns_feed import plain_feed

    known = knows(*schemas)
    feed = plain_feed(file, encoding, known, scratch)
    header = read_raw(file, encoding, known).header if feed is None else feed.header
    check_width(header, file.name)
    return header


def _write_mapping(source: Path, schema: Schema, binding: Binding, shop: Path | None) -> Path:
    """A mapping file with the best guesses, as comments: nothing is taken for granted."""
    if shop is None:
        raise UsageFault("mapping_needs_shop")
    file = shop / "headers" / f"{source.stem}.toml"
    if file.exists():
        raise InputRefused("mapping_is_there", file=file, columns=", ".join(binding.lacking))
    lines = [f"# {source.name}", f'kind = "{schema.kind}"', "", "[columns]"]
    known = {normal(alias): c.name for c in schema.columns.values() for _, alias in c.aliases}
    for header in binding.headers:
        like = get_close_matches(normal(header), known, n=1, cutoff=_LIKE)
        lines.append(f"# {known[like[0]] if like else '?'} = {_quoted(header)}")
    lines += ["", f"# {', '.join(schema.columns)}"]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(file, ("\n".join(lines) + "\n").encode())
    return file


def _quoted(header: str) -> str:
    """A header as a TOML string, whatever it holds."""
    plain = "".join(sign if sign.isprintable() else " " for sign in header)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
