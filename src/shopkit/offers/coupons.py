"""Coupons a shop asks for: each row read and judged: a coupon, or all that is wrong with it.

Every error of a row is collected; what can be repaired for certain (full-width digits) is, and
is told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shopkit.offers import offer_cells as oc
from shopkit.offers.model import Channel, Kind, Scope, Tier
from shopkit.offers.offer_cells import Unclear
from shopkit.offers.read_offers import (
    CellUnclear,
    benefit_of,
    cell,
    channel_of,
    check_ladder,
    reject,
    scope_of,
    told,
    unit_of,
)
from shopkit.runtime.cells import guarded
from shopkit.runtime.job import Row
from shopkit.runtime.rejects import Reject
from shopkit.runtime.typed import Loaded, Typed

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,49}")
_JUMP = (60, 170)  # times the file's usual amount: fen written for yuan, or the other way
_ENOUGH = 5  # rows that make an amount usual


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon to be made. Amounts in minor units; ``ends`` is the first moment after it."""

    name: str
    code: str
    kind: Kind
    tiers: tuple[Tier, ...]
    each_per: bool
    starts: dt.datetime | None
    ends: dt.datetime | None
    total: int
    per_person: int
    channel: Channel
    channel_name: str
    scope: Scope

    @property
    def id(self) -> str:
        """What the shop calls it."""
        return self.code or self.name

    @property
    def face(self) -> int:
        """The most that one coupon takes off, where it is an amount; else 0."""
        return self.tiers[-1].value if self.kind == "minus" else 0

    @property
    def exposure(self) -> int:
        """What all of them cost at most: face x total (0 where it is no amount or unlimited)."""
        return self.face * self.total

    @property
    def key(self) -> str:
        """A digest of everything that makes it this coupon."""
        parts = {
            "name": self.name,
            "code": self.code.upper(),
            "kind": self.kind,
            "tiers": [(tier.value, tier.amount, tier.count) for tier in self.tiers],
            "each": self.each_per,
            "window": [str(self.starts), str(self.ends)],
            "counts": [self.total, self.per_person],
            "channel": self.channel_name or self.channel,
            "scope": [sorted(ids) for ids in (self.scope.items, self.scope.skus, self.scope.tags)],
            "without": sorted(self.scope.without),
        }
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Judged:
    """A row: its coupon (None: failed), all its errors, doubts for a person, and repairs made."""

    row: Row
    coupon: Coupon | None
    errors: tuple[Reject, ...] = ()
    doubts: tuple[Reject, ...] = ()
    repairs: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """One row while it is read; errors gather."""

    loaded: Loaded
    record: Typed
    errors: list[Reject] = field(default_factory=list)

    def fail(self, column: str, code: str, value: str = "") -> None:
        """Note an error of a cell."""
        self.errors.append(self.told(column, code, value))

    def told(self, column: str, code: str, value: str = "") -> Reject:
        return reject(self.loaded, self.record, CellUnclear(column, Unclear(code, value)))


def judge_coupons(
    loaded: Loaded, now: dt.datetime, known_items: frozenset[str] | None = None
) -> list[Judged]:
    """Judge every row of a coupon table, in the file's order.

    ``known_items``: item and SKU ids of the catalogue, None where there is none. ``now``: what
    ends before it is past; its zone is that of times without one.
    """
    judged = [_judged(loaded, record, now, known_items) for record in loaded.records]
    judged = _without_twins(loaded, judged)
    judged = _with_jumps(loaded, judged)
    bad: dict[int, list[Reject]] = {}
    for one in loaded.rejects:
        bad.setdefault(one.line, []).append(one)
    judged += [Judged(row, None, tuple(bad.get(row.line, ()))) for row in loaded.rejected]
    return sorted(judged, key=lambda one: one.row.number)


def _judged(
    loaded: Loaded, record: Typed, now: dt.datetime, known_items: frozenset[str] | None
) -> Judged:
    reading = _Reading(loaded, record)
    coupon = _coupon(reading, now)
    if coupon is not None:
        for column, code, value in _faults(coupon, now, known_items):
            reading.fail(column, code, value)
    repairs = tuple(_repairs(record.row.cells))
    if reading.errors or coupon is None:
        return Judged(record.row, None, tuple(reading.errors), repairs=repairs)
    return Judged(record.row, coupon, repairs=repairs)


def _coupon(reading: _Reading, now: dt.datetime) -> Coupon | None:
    """The coupon of a row; None where a part of it cannot be read (every such part is noted)."""
    values, zone = reading.record.values, now.tzinfo
    parts: dict[str, object] = {}

    def part(name: str, read, *given):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202 - any reader
        try:
            parts[name] = read(*given)
        except CellUnclear as error:
            reading.errors.append(reject(reading.loaded, reading.record, error))

    part("benefit", benefit_of, values, "face", unit_of(reading.loaded, "face"))
    start, end = cell(values, "starts"), cell(values, "ends")
    window = (start, end, cell(values, "use_window"), zone)
    for name, text in (("starts", start), ("ends", end)):
        if text:
            part(name, told, name, oc.read_window, text, "", "", zone)
    if not {"starts", "ends"} & {_column_of(one, reading) for one in reading.errors}:
        part("window", told, "use_window", oc.read_window, *window)
    part("total", told, "total", oc.read_count, cell(values, "total"), 1)
    part("per_person", told, "per_person", oc.read_count, cell(values, "per_person"), 1)
    part("channel", channel_of, values)
    part("scope", scope_of, values)
    name, code = cell(values, "name"), oc.plain(cell(values, "code"))
    if not (name or code):
        reading.fail("name", "coupon_nameless")
    if code and not _CODE.fullmatch(code):
        reading.fail("code", "code_bad_characters", code)
    if reading.errors:
        return None
    return _made(parts, values, name, code)


def _made(
    parts: Mapping[str, object], values: Mapping[str, object], name: str, code: str
) -> Coupon:
    benefit, window = parts["benefit"], parts["window"]
    assert isinstance(benefit, oc.Benefit) and isinstance(window, tuple)
    scope, total, each = parts["scope"], parts["total"], parts["per_person"]
    assert isinstance(scope, Scope) and isinstance(total, int) and isinstance(each, int)
    return Coupon(
        name=guarded(oc.plain(name)),
        code=code,
        kind=benefit.kind,
        tiers=benefit.tiers,
        each_per=benefit.each_per,
        starts=window[0],
        ends=window[1],
        total=total,
        per_person=each,
        channel="private" if parts["channel"] == "private" else "public",
        channel_name=cell(values, "channel"),
        scope=scope,
    )


def _column_of(one: Reject, reading: _Reading) -> str:
    binding = reading.loaded.binding
    if binding is None or one.column not in binding.headers:
        return one.column
    return binding.names[binding.headers.index(one.column)] or one.column


def _faults(
    coupon: Coupon, now: dt.datetime, known_items: frozenset[str] | None
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a coupon that could be read: column, reason code, value."""
    try:
        check_ladder(coupon.tiers, coupon.kind)
    except CellUnclear as error:
        yield "face", error.code, ""
    if coupon.kind == "minus" and any(0 < t.amount <= t.value for t in coupon.tiers):
        yield "threshold", "face_not_below_threshold", ""
    if coupon.starts and coupon.ends and coupon.ends <= coupon.starts:
        yield "ends", "window_reversed", ""
    elif coupon.ends and coupon.ends <= now:
        yield "ends", "window_past", ""
    if coupon.total and coupon.per_person > coupon.total:
        yield "per_person", "total_below_per_person", str(coupon.per_person)
    if known_items is not None:
        lacking = sorted((coupon.scope.items | coupon.scope.skus) - known_items)
        if lacking:
            yield "item_ids", "item_not_in_catalog", " ".join(lacking[:3])


def _repairs(cells: Mapping[str, str]) -> Iterator[str]:
    """Warning codes of what was repaired in a row."""
    texts = list(cells.values())
    if any(_wide_digits(text) for text in texts):
        yield "fullwidth_repaired"
    if any(guarded(text) != text for text in texts):
        yield "formula_neutralised"


def _wide_digits(text: str) -> bool:
    return any(unicodedata.normalize("NFKC", sign) != sign and sign.isdecimal() for sign in text)


def _without_twins(loaded: Loaded, judged: Sequence[Judged]) -> list[Judged]:
    """Fail a row whose code, or whose name with the same window, an earlier row has."""
    first: dict[tuple[object, ...], Row] = {}
    records = {one.row.number: one for one in loaded.records}
    result = []
    for one in judged:
        coupon = one.coupon
        if coupon is not None:
            names = [("code", coupon.code.upper())] if coupon.code else []
            twin = ("name", coupon.name, coupon.starts, coupon.ends, coupon.tiers)
            for key in [*names, *([] if coupon.code else [twin])]:
                earlier = first.setdefault(key, one.row)
                if earlier is not one.row:
                    reading = _Reading(loaded, records[one.row.number])
                    value = f"{coupon.id} (= {earlier.line})"
                    reading.fail(str(key[0]), "coupon_twice", value)
                    one = Judged(one.row, None, tuple(reading.errors), repairs=one.repairs)  # noqa: PLW2901 - judged anew
                    break
        result.append(one)
    return result


def _with_jumps(loaded: Loaded, judged: Sequence[Judged]) -> list[Judged]:
    """Doubt an amount about a hundred times the file's usual one: fen for yuan, or yuan for fen."""
    amounts = [tier.value for one in _coupons(judged) for tier in one.tiers if one.kind == "minus"]
    if len(amounts) < _ENOUGH:
        return list(judged)
    usual = statistics.median(amounts)
    records = {one.row.number: one for one in loaded.records}
    result = []
    for one in judged:
        if one.coupon is not None and one.coupon.kind == "minus":
            times = max(tier.value for tier in one.coupon.tiers) / max(usual, 1)
            if _JUMP[0] < times < _JUMP[1] or _JUMP[0] < 1 / max(times, 1e-9) < _JUMP[1]:
                reading = _Reading(loaded, records[one.row.number])
                one = replace(one, doubts=(reading.told("face", "amount_jumps"),))  # noqa: PLW2901 - judged anew
        result.append(one)
    return result


def _coupons(judged: Iterable[Judged]) -> Iterator[Coupon]:
    return (one.coupon for one in judged if one.coupon is not None)
