"""Exact amounts: money in minor units (分, cents), shares in millionths, never a float between."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

WHOLE = 1_000_000
"""A share of 1 in millionths (ppm): 15 % is 150_000."""

Rounding = Literal["half_up", "up", "down"]

_MONEY = re.compile(
    r"(-?)(?:[¥$€£]|CNY|RMB|USD|EUR|GBP)? ?(-?)([\d,]*\.?\d*) ?(万)?(?:元|圆|CNY|RMB)?"
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+")
_MOST = (
    Decimal(10) ** 10 - 1
)  # more is a barcode or a typing error, and int64 must hold its products


def read_money(text: str) -> int:
    """Return an amount in minor units: ``￥1,234.50`` is 123450, ``1.2万`` is 1200000.

    Full-width digits and signs count as their plain forms. Raises ValueError for what is no
    amount, has more than two decimals, or could be read in two ways (``12,50``).
    """
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    found = _MONEY.fullmatch(plain)
    if found is None or not _GROUPED.fullmatch(found[3]) or (found[1] and found[2]):
        raise ValueError(text)
    amount = Decimal(found[3].replace(",", "")) * (10_000 if found[4] else 1) * 100
    if amount != int(amount) or amount > _MOST * 100:
        raise ValueError(text)
    return -int(amount) if found[1] or found[2] else int(amount)


def money_text(minor: int) -> str:
    """Write minor units with two decimals, as files and people want them: 123450 is 1234.50."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def read_percent(text: str) -> int:
    """Return a share in millionths: ``12.3%`` is 123000, and so is ``0.123``.

    A bare number over 1 raises ValueError: nobody can tell 15 from 15 %.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits, percent = plain.removesuffix("%").strip(), plain.endswith("%")
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)", digits):
        raise ValueError(text)
    share = Decimal(digits) * (10_000 if percent else WHOLE)
    if share != int(share) or (not percent and abs(share) > WHOLE):
        raise ValueError(text)
    return int(share)


def percent_text(ppm: int) -> str:
    """Write millionths as a percentage without needless zeros: 123000 is ``12.3%``."""
    return f"{Decimal(ppm) / 10_000:f}%" if ppm % 10_000 else f"{ppm // 10_000}%"


def portion(minor: int, ppm: int, rounding: Rounding = "half_up") -> int:
    """Return a share of an amount of 0 or more, rounded to the minor unit."""
    product = minor * ppm
    match rounding:
        case "half_up":
            return (product + WHOLE // 2) // WHOLE
        case "up":
            return -(-product // WHOLE)
        case "down":
            return product // WHOLE


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Part an amount by weights (each 0 or more) so that the parts add up to it exactly.

    Largest remainder (Hamilton's method): everyone gets their share rounded down, what is left
    goes, a unit each, to the largest remainders; equal ones in their order. 5000 over 25900 and
    9900 is 3617 and 1383. All weights 0: the first takes it. Raises ValueError without weights.
    """
    if not weights:
        raise ValueError("no weights")
    total = sum(weights)
    if total == 0:
        return [amount, *([0] * (len(weights) - 1))]
    parts = [amount * weight // total for weight in weights]
    left = amount - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for place in order[:left]:
        parts[place] += 1
    return parts
