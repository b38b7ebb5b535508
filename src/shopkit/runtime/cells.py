"""One cell as text: freed of what spreadsheets wrap around it, and made safe for one again."""

from __future__ import annotations

import math
import re

_ARMOUR = re.compile(r'="(.*)"', re.DOTALL)
# 123456789012 shows as 1.23457E+11 from 12 digits on: what stands behind is gone.
_ROUNDED = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?(?:1[1-9]|[2-9]\d|\d{3})")
_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?%?")
_STARTS_FORMULA = "=+-@＝＋－＠"
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number


def clean(cell: str) -> str:
    """The text a person meant: no outer blanks, no leading ``'`` or tab, no ``="…"`` around it."""
    if cell.isalnum():
        return cell
    plain = cell.strip().strip("\ufeff").removeprefix("'").strip()
    armour = _ARMOUR.fullmatch(plain)
    return armour[1].replace('""', '"').strip() if armour else plain


def rounded(cell: str) -> bool:
    """Whether a spreadsheet has shortened a long number here (``6.83E+17``): digits are lost."""
    return _ROUNDED.fullmatch(cell) is not None


def number_text(value: float) -> str:
    """A spreadsheet's number as a person sees it: 12.0 is ``12``, 0.1 + 0.2 is ``0.3``.

    Of 15 digits, as many as a spreadsheet keeps, and so it writes a longer number: 6.83e+17, whose
    other digits are lost. NaN is empty.
    """
    if not math.isfinite(value):
        return "" if math.isnan(value) else repr(value)
    if too_long(value):
        return f"{value:.14e}"
    return f"{value:.15f}".rstrip("0").rstrip(".") if abs(value) < 1e-4 else f"{value:.15g}"


def too_long(value: float) -> bool:
    """Whether a spreadsheet number has more digits than it can hold (over 15)."""
    return math.isfinite(value) and abs(value) >= _EXACT


def guarded(cell: str) -> str:
    """The cell with a leading ``'`` where a spreadsheet would run it as a formula.

    Numbers keep their sign: ``-12.5`` and ``+8613800138000`` stay as they are.
    """
    start = cell.lstrip()[:1]
    runs = start in _STARTS_FORMULA if start else False
    if (runs or cell[:1] in ("\t", "\r", "\n")) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell
