"""What a cell's text is made into: ids, exact money, counts, shares, times, yes or no.

Every cast returns a value or raises Unread with the reason code. Nothing here guesses: what can
be read in two ways is an error.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from shopkit.data import DATA
from shopkit.runtime import cells
from shopkit.runtime.schema import Cast
from shopkit.values import WHOLE, read_money

Value = str | int | Decimal | bool | dt.datetime | None

_PLAIN = re.compile(r"([0-9]{1,9})(?:\.([0-9])([0-9])?)?")
_SIGN = re.compile(r"^(-?)(?:\? ?(?=\d)|[₹₩₽฿₫₱₺] ?|(?:HK|US|A|C|NT)\$ ?)")
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(\.\d*)?(万|亿|%)?")
_TIMES = {"万": Decimal(10_000), "亿": Decimal(100_000_000), "%": Decimal("0.01")}
_MOST = 10**12 - 1
_DURATION = re.compile(r"(?:(\d+)(?:小时|时|h))?(?:(\d+)(?:分钟|分|m|min))?(?:(\d+)(?:秒|s))?")
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d)")
_PART = r"(?:[ T]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
_ZONE = r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _PART + _ZONE)
_DIGITS = re.compile(r"(\d{4})()(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?()()")
_CHINESE = re.compile(r"年|月")
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})" + _PART + _ZONE)


class Unread(ValueError):
    """A cell that cannot be made into what its column holds; ``code`` is the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column are read.

    ``zone``: of times that name none, and of all times given back. ``day_first``: of dates like
    4/5/2026, None where the column does not tell. ``minor``: money stands in fen.
    """

    cast: Cast
    zone: ZoneInfo
    day_first: bool | None = None
    minor: bool = False
    empty: frozenset[str] = frozenset()


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of ``data/words.toml``, case folded."""
    return frozenset(word.casefold() for word in _lists()[name])


@cache
def _lists() -> dict[str, list[str]]:
    return tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))


def meant(text: str, reading: Reading) -> str:
    """A clean cell, or nothing where it stands for that (``-``, 暂无数据, ``\\N``)."""
    folded = text.casefold()
    if not text or folded in words("nothing") or text in reading.empty:
        return ""
    if reading.cast not in ("id", "text") and folded in words("nothing_in_values"):
        return ""
    return text


def is_total(text: str) -> bool:
    """Whether a row that begins with this clean cell adds up others (合计, 店铺平均值, Total)."""
    return text.rstrip(":：").casefold() in words("totals")


def cast(text: str, reading: Reading) -> Value:
    """Make a value of a cell that ``meant`` has cleaned; an empty one is None.

    Raises Unread.
    """
    return _CASTS[reading.cast](text, reading) if text else None


def finds_day_first(texts: Iterable[str]) -> bool | None:
    """Whether the dates of a column like 25/12/2026 put the day first; None where none tells.

    Dates that tell both ways leave it open, so that each of them is judged for itself.
    """
    told = {hint for hint in map(day_first_hint, texts) if hint is not None}
    return told.pop() if len(told) == 1 else None


def day_first_hint(text: str) -> bool | None:
    """What one cell says of the order of day and month: 25/12 True, 12/25 False, else None."""
    found = _YEAR_LAST.fullmatch(text)
    if found is None or found[2] == ".":
        return None
    first, second = int(found[1]) > 12, int(found[3]) > 12
    return first if first != second else None


def _id(text: str, _: Reading) -> str:
    if cells.rounded(text):
        raise Unread("digits_lost")
    if text.startswith("#") and text.casefold() in words("broken"):
        raise Unread("cell_formula_broken")
    return text


def _text(text: str, _: Reading) -> str:
    return text


def _money(text: str, reading: Reading) -> int:
    found = _PLAIN.fullmatch(text)
    if found is not None and not reading.minor:
        return int(found[1]) * 100 + int(found[2] or 0) * 10 + int(found[3] or 0)
    plain = _SIGN.sub(r"\1", unicodedata.normalize("NFKC", text).strip().upper())
    try:
        amount = read_money(plain)
    except ValueError:
        raise Unread("digits_lost" if cells.rounded(text) else "money_unreadable") from None
    if not reading.minor:
        return amount
    if amount % 100:
        raise Unread("money_unreadable")
    return amount // 100


def _number(text: str, _: Reading) -> Decimal:
    """A number in up to six decimals, cut off behind them."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").lstrip("¥$€£")
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise Unread("digits_lost" if cells.rounded(text) else "number_unreadable")
    digits = f"{found[2].replace(',', '') or '0'}{(found[3] or '.')[:13]}0"
    number = Decimal(digits) * _TIMES.get(found[4], 1)
    if number >= _MOST:
        raise Unread("number_unreadable")
    cut = Decimal(int(number * WHOLE)) / WHOLE
    return -cut if found[1] == "-" else cut


def _count(text: str, reading: Reading) -> int:
    try:
        number = _number(text, reading)
    except Unread as error:
        raise Unread("digits_lost" if error.code == "digits_lost" else "count_unreadable") from None
    if number != int(number) or text.endswith(("%", "％")):
        raise Unread("count_unreadable")
    return int(number)


def _percent(text: str, _: Reading) -> int:
    """ppm, rounded half up. A bare number over 1 is an error: 15 may be 15 % or 1500 %."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    found = _NUMBER.fullmatch(plain)
    if found is None or found[4] in ("万", "亿"):
        raise Unread("percent_unreadable")
    digits = f"{found[2].replace(',', '') or '0'}{(found[3] or '.')[:13]}0"
    share = Decimal(digits) * (10_000 if found[4] else WHOLE)
    if share > (_MOST if found[4] else WHOLE):
        raise Unread("percent_unreadable")
    ppm = int(share + Decimal("0.5"))
    return -ppm if found[1] == "-" else ppm


def _duration(text: str, reading: Reading) -> int:
    """Seconds: ``3分20秒``, ``1:02:03``, ``200`` (a fraction of a second is rounded)."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").lower()
    clock, parts = _CLOCK.fullmatch(plain), _DURATION.fullmatch(plain)
    found = clock or parts
    if found is not None and any(found.groups()):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
    try:
        return int(_number(plain, reading) + Decimal("0.5"))
    except Unread:
        raise Unread("duration_unreadable") from None


def _flag(text: str, _: Reading) -> bool:
    folded = text.casefold()
    if folded in words("yes"):
        return True
    if folded in words("no"):
        return False
    raise Unread("flag_unreadable")


def _time(text: str, reading: Reading) -> dt.datetime:
    """A moment in the shop's zone; a date alone is its first moment."""
    if _ISO.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=reading.zone)
        except ValueError:
            raise Unread("moment_unreadable") from None
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    if "年" in plain:
        plain = _CHINESE.sub("-", plain).replace("日", " ").replace("时", ":").strip()
    last = _YEAR_LAST.fullmatch(plain)
    found = _YEAR_FIRST.fullmatch(plain) or _DIGITS.fullmatch(plain) or last
    if found is None:
        raise Unread("digits_lost" if cells.rounded(text) else "moment_unreadable")
    year, month, day = _date(found, last=found is last, reading=reading)
    hour, minute, second, fraction, zone = found.groups()[4:9]
    try:
        moment = dt.datetime(
            *(year, month, day, int(hour or 0), int(minute or 0), int(second or 0)),
            microsecond=int((fraction or "").ljust(6, "0")[:6]),
            tzinfo=_zone(zone) or reading.zone,
        )
        return moment.astimezone(reading.zone)
    except (ValueError, OverflowError):
        raise Unread("moment_unreadable") from None


def _date(found: re.Match[str], *, last: bool, reading: Reading) -> tuple[int, int, int]:
    if not last:
        return int(found[1]), int(found[3]), int(found[4])
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    day_first = True if found[2] == "." else reading.day_first
    if day_first is None and first == second:
        day_first = True
    if day_first is None:
        told = day_first_hint(found[0])
        if told is None:
            raise Unread("moment_unclear")
        day_first = told
    day, month = (first, second) if day_first else (second, first)
    return year + 2000 if len(found[4]) == 2 else year, month, day


def _zone(written: str | None) -> dt.tzinfo | None:
    if not written:
        return None
    if not written.startswith(("+", "-")):
        return dt.UTC
    hours, minutes = int(written[1:3]), int(written[-2:])
    sign = -1 if written[0] == "-" else 1
    return dt.timezone(sign * dt.timedelta(hours=hours, minutes=minutes))


_CASTS: dict[Cast, Callable[[str, Reading], Value]] = {
    "id": _id,
    "text": _text,
    "money": _money,
    "number": _number,
    "count": _count,
    "percent": _percent,
    "duration": _duration,
    "time": _time,
    "flag": _flag,
}
