"""What a file is taken for: its kind and columns; a mapping to fill in where nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from shopkit.errors import InputRefused, UsageFault
from shopkit.runtime.files import write_bytes
from shopkit.runtime.headers import Binding, bind, knows, normal, rank, recognise
from shopkit.runtime.schema import Schema, find_schema, kinds
from shopkit.runtime.table import read_raw
from shopkit.runtime.typed import Loaded, load_rows

_LIKE = 0.75  # how near a header must come to a known one to be proposed


@dataclass(frozen=True)
class Mapped:
    """A file looked at. ``loaded``: None where its kind is not known; then ``file`` is a mapping
    file that was written to be filled in. ``also``: other kinds it could be as well.
    """

    loaded: Loaded | None
    file: Path | None = None
    also: tuple[str, ...] = ()

    def columns(self) -> list[dict[str, str]]:
        """The file's columns with what each is taken for (empty: carried along as it is)."""
        binding = self.loaded.binding if self.loaded else None
        if binding is None:
            return []
        pairs = zip(binding.headers, binding.names, strict=True)
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
    schemas = [find_schema(one, shop) for one in ([kind] if kind else kinds())]
    raw = read_raw(source, encoding, knows(*schemas))
    found = [bind(schemas[0], raw.header)] if kind else recognise(raw.header, shop)
    fitting = [one for one in found if not one.lacking and one.at]
    if fitting:
        best = fitting[0]
        also = tuple(one.schema.kind for one in fitting[1:] if rank(one) == rank(best))
        loaded = load_rows(best.schema.kind, source, encoding=encoding, shop=shop)
        return Mapped(loaded, also=also)
    if kind is None:
        raise InputRefused("table_kind_unclear", file=source.name, known=", ".join(kinds()))
    return Mapped(None, _write_mapping(source, schemas[0], found[0], shop))


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
