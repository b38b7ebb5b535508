"""Cells of offer and coupon tables: 满100减10, 8.5折, windows, lists of ids.

Nothing is guessed: what can be read in two ways raises Unclear with its reason code.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shopkit.data import DATA
from shopkit.offers.model import Kind, Tier
from shopkit.runtime.casts import Reading, Unread, cast
from shopkit.values import WHOLE, read_money, read_percent

_NUMBER = r"\d+(?:\.\d+)?"
_TIER = re.compile(
    rf"(?P<each>每)?满(?P<at>{_NUMBER})(?P<unit>元|件|个)?[,，]?(?P<each2>每)?"
    rf"(?:(?P<minus>立?减)(?P<less>{_NUMBER})元?|打?(?P<zhe>{_NUMBER})折|"
    rf"(?P<post>包邮|免邮)|(?P<gift>送赠品|送.+))(?:[,，]?上不封顶)?"
)
_ZHE = re.compile(rf"打?({_NUMBER})折")
_MINUS = re.compile(rf"立?减({_NUMBER})元?")
_PARTS = re.compile(r"[;；\n|/]+")
_LISTED = re.compile(r"[;；,，\s|]+")
_BLANK = re.compile(r"[\s_]+")
_TO = re.compile(r"\s*(?:~|～|至|到|—|--| - |\.\.|/)\s*")
_START_END = re.compile(r"起\s*[:：]\s*(?P<start>[^止]+?)\s*止\s*[:：]\s*(?P<end>.+)", re.S)


class Unclear(ValueError):
    """A cell that cannot be read, or in two ways; ``code`` is the reason, ``value`` the text."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code, self.value = code, value


class Benefit(NamedTuple):
    """What an offer gives: its kind, the ladder, and whether it repeats per threshold."""

    kind: Kind
    tiers: tuple[Tier, ...]
    each_per: bool = False


def plain(text: str) -> str:
    """A cell with full-width signs and digits as their plain forms, no outer blanks."""
    return unicodedata.normalize("NFKC", text).strip()


def meaning(section: str, text: str) -> str | None:
    """What a word of ``data/offer_words.toml`` stands for ("coupon" of level); None: unknown."""
    return _words(section).get(_folded(text))


def read_benefit(value: str, kind: Kind | None, unit: str = "") -> Benefit:
    """Read what an offer gives from its value cell: ``满200减20;满300减40``, ``8.5折``, ``15%``.

    ``kind``: what another column says, ``unit`` what the header says: 折, % (off), or money.
    Raises Unclear: ``discount_unit_unknown`` for a bare 8 that may be 8折, 8 % or 8 yuan.
    """
    text = plain(value).replace(" ", "") if re.search(r"[满折减]", value) else plain(value)
    told = [_TIER.fullmatch(part) for part in _PARTS.split(text) if part]
    if told and all(told):
        return _ladder([one for one in told if one is not None])
    if kind in ("gift", "free_post"):
        return Benefit(kind, (Tier(0),))
    if not text:
        raise Unclear("cell_empty", value)
    if found := _ZHE.fullmatch(text):
        return Benefit("percent", (Tier(_off_of_zhe(found[1], value)),))
    if found := _MINUS.fullmatch(text):
        return Benefit("minus", (Tier(_money(found[1], value)),))
    if text.endswith("%") or kind == "percent":
        return Benefit("percent", (Tier(_percent_off(text, unit, value)),))
    if kind in ("price", "minus"):
        return Benefit(kind, (Tier(_positive(text, value)),))
    raise Unclear("offer_kind_unknown", value)


def with_threshold(benefit: Benefit, amount: int, count: int) -> Benefit:
    """The benefit with thresholds that stand in columns of their own.

    A ladder in the value cell has its own: then a threshold that says otherwise is Unclear.
    """
    if not (amount or count):
        return benefit
    first = benefit.tiers[0]
    if first.amount or first.count:
        if (first.amount, first.count) in ((amount, count), (amount, 0), (0, count)):
            return benefit
        raise Unclear("threshold_twice", "")
    return benefit._replace(tiers=(Tier(first.value, amount, count),))


def read_amount(text: str) -> int:
    """An amount of money of 0 or more in minor units; empty is 0. Raises Unclear."""
    bare = plain(text).removeprefix("满").removesuffix("可用").removesuffix("使用")
    if not bare or bare in ("无门槛", "无", "none", "-"):
        return 0
    return _money(bare, text)


def read_count(text: str, least: int = 0) -> int:
    """A whole number of ``least`` or more; empty or 不限 is 0. Raises Unclear."""
    bare = plain(text).replace(",", "").removesuffix("张").removesuffix("件").removesuffix("个")
    if bare in ("", "不限", "无限制", "unlimited", "-"):
        return 0
    if not bare.isdecimal() or int(bare) < least or len(bare) > 12:
        raise Unclear("count_unreadable", text)
    return int(bare)


def read_window(
    start: str, end: str, both: str, zone: ZoneInfo
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """A window from two cells or from one (``起：…止：…``, ``2026-11-01~2026-11-11``).

    An end without a time of day is the end of that day; the end itself is outside. Raises Unclear.
    """
    if both and not (start or end):
        found = _START_END.fullmatch(plain(both))
        parts = [found["start"], found["end"]] if found else _TO.split(plain(both))
        if len(parts) != 2:
            raise Unclear("time_unreadable_cell", both)
        start, end = parts
    return _time(start, zone), _end(end, zone)


def read_ids(cells: Iterable[str]) -> frozenset[str]:
    """Ids listed in one or several cells (圈品ID and its continuations)."""
    return frozenset(one for cell in cells for one in _LISTED.split(plain(cell)) if one)


def _ladder(found: list[re.Match[str]]) -> Benefit:
    kinds = {_kind_of(one) for one in found}
    if len(kinds) > 1:
        raise Unclear("ladder_mixed", found[0].string)
    each = any(one["each"] or one["each2"] or "上不封顶" in one.string for one in found)
    tiers = tuple(_tier(one) for one in found)
    if each and len(tiers) > 1:
        raise Unclear("ladder_repeats", found[0].string)
    return Benefit(kinds.pop(), tiers, each)


def _kind_of(found: re.Match[str]) -> Kind:
    if found["minus"]:
        return "minus"
    if found["zhe"]:
        return "percent"
    return "free_post" if found["post"] else "gift"


def _tier(found: re.Match[str]) -> Tier:
    counted = found["unit"] in ("件", "个")
    value = _positive(found["less"], found[0]) if found["less"] else 0
    value = _off_of_zhe(found["zhe"], found[0]) if found["zhe"] else value
    if counted and not found["at"].isdecimal():
        raise Unclear("count_unreadable", found[0])
    if counted:
        return Tier(value, count=int(found["at"]))
    return Tier(value, amount=_money(found["at"], found[0]))


def _off_of_zhe(number: str, value: str) -> int:
    """8折 pays eight tenths, 85折 and 8.5折 eight and a half: the share taken off."""
    tenths = Decimal(number)
    if tenths > 10 and tenths == int(tenths):
        tenths /= 10  # 85折
    if not 1 <= tenths < 10:  # 10折 takes nothing off; 0.85折 may mean 0.85 of the price
        raise Unclear("discount_out_of_range", value)
    return WHOLE - int(tenths * WHOLE / 10)


def _percent_off(text: str, unit: str, value: str) -> int:
    """A share taken off: with its own %, or bare under a header that says % or 折."""
    bare = text.removesuffix("off").strip()
    if unit == "折" and not bare.endswith("%"):
        try:
            return _off_of_zhe(bare, value)
        except InvalidOperation:
            raise Unclear("number_unreadable", value) from None
    if not bare.endswith("%") and unit != "%":
        if re.fullmatch(_NUMBER, bare):
            raise Unclear("discount_unit_unknown", value)
        raise Unclear("number_unreadable", value)
    try:
        share = read_percent(bare if bare.endswith("%") else f"{bare}%")
    except ValueError:
        raise Unclear("number_unreadable", value) from None
    if not 0 < share < WHOLE:
        raise Unclear("discount_out_of_range", value)
    return share


def _money(text: str, value: str) -> int:
    try:
        amount = read_money(text)
    except ValueError:
        raise Unclear("money_unreadable", value) from None
    if amount < 0:
        raise Unclear("amount_not_positive", value)
    return amount


def _positive(text: str, value: str) -> int:
    amount = _money(text, value)
    if amount == 0:
        raise Unclear("amount_not_positive", value)
    return amount


def _time(text: str, zone: ZoneInfo) -> dt.datetime | None:
    if not text.strip():
        return None
    try:
        found = cast(plain(text), Reading("time", zone))
    except Unread:
        raise Unclear("time_unreadable_cell", text) from None
    assert found is None or isinstance(found, dt.datetime)
    return found


def _end(text: str, zone: ZoneInfo) -> dt.datetime | None:
    found = _time(text, zone)
    if found is None:
        return None
    if not re.search(r"\d\s*[:时T]\s*\d|[T ]\d", plain(text)):
        return found + dt.timedelta(days=1)
    if found.second == 59:  # 23:59:59 means midnight
        return found + dt.timedelta(seconds=1)
    return found


@cache
def _words(section: str) -> dict[str, str]:
    file = DATA / "offer_words.toml"
    listed = tomllib.loads(file.read_text(encoding="utf-8"))[section]
    return {_folded(word): name for name, words in listed.items() for word in words}


def _folded(text: str) -> str:
    return _BLANK.sub("", plain(text).casefold())
