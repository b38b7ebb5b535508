"""The platform's own sign-up template, filled: header rows, styles and other sheets stay."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from shopkit.errors import InputRefused
from shopkit.offers.campaign import Checked
from shopkit.runtime.headers import normal
from shopkit.runtime.schema import find_schema

_STAMP = (2000, 1, 1, 0, 0, 0)  # the same input gives the same bytes
_SAVED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_SAVED_AT = rb"\g<1>2000-01-01T00:00:00Z"
_HEADER_ROWS = 10  # the header stands within so many rows


def fill(template: Path, target: Path, checked: Sequence[Checked]) -> int:
    """Write ``template`` to ``target`` with the largest allowed price of each SKU that passes.

    Ids become text. Returns how many prices were filled in. Raises InputRefused for a file that
    is no workbook or has no column for the price.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(template)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputRefused("workbook_broken", file=template.name, error=error) from None
    sheet = book.worksheets[0]
    columns = _columns(sheet)
    if "signup_price" not in columns:
        raise InputRefused("template_column_missing", file=template.name)
    passing = {one.row.line: one for one in checked if not (one.reason or one.left_out)}
    filled = 0
    for row in sheet.iter_rows():
        for name in ("item_id", "sku_id"):
            cell = row[columns[name]] if name in columns else None
            if cell is not None and isinstance(cell.value, int):
                cell.value, cell.number_format = str(cell.value), "@"
        one = passing.get(row[0].row)
        if one is not None and one.largest:
            price = one.signup or one.largest
            row[columns["signup_price"]].value = price / 100 if price % 100 else price // 100
            filled += 1
    book.properties.created = dt.datetime(*_STAMP)
    book.save(target)
    _restamp(target)
    return filled


def _columns(sheet) -> Mapping[str, int]:  # type: ignore[no-untyped-def]  # noqa: ANN001 - openpyxl has no types
    """Canonical name -> place, from the first row that names at least two of them."""
    schema = find_schema("campaign")
    known = {
        normal(alias): column.name
        for column in schema.columns.values()
        for _, alias in column.aliases
    }
    for row in sheet.iter_rows(max_row=_HEADER_ROWS):
        found = {
            known[normal(str(cell.value))]: place
            for place, cell in enumerate(row)
            if cell.value is not None and normal(str(cell.value)) in known
        }
        if len(found) > 1:
            return found
    return {}


def _restamp(path: Path) -> None:
    """Write the archive again with fixed times; openpyxl notes the time of saving in it."""
    with zipfile.ZipFile(path) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    parts = [
        (name, _SAVED.sub(_SAVED_AT, content) if name == "docProps/core.xml" else content)
        for name, content in parts
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
