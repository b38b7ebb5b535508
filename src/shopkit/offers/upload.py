"""Coupons as a platform takes them: the columns stand in its profile, the units are its own.

A profile's rule ``coupon.columns`` lists [column, field] pairs; a field is one of FIELDS below.
Where a platform documents no import file the columns are the field names of its API, and the rule
says ``confidence = "assumed"``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shopkit.errors import UsageFault
from shopkit.offers.coupons import Coupon
from shopkit.runtime.profiles import Profile
from shopkit.values import WHOLE, money_text

PLACEMENT = "coupon"
_WOO = {"percent": "percent", "minus": "fixed_cart", "free_post": "percent"}


def _ids(ids: frozenset[str], by: str) -> str:
    return by.join(sorted(ids))


def _utc(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _local(moment: dt.datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _last(moment: dt.datetime | None) -> dt.datetime | None:
    """The last second that a window holds: platforms count it in."""
    return moment - dt.timedelta(seconds=1) if moment else None


def _yuan(minor: int) -> str:
    """Whole yuan without decimals, as 20; else 20.50."""
    return str(minor // 100) if minor % 100 == 0 else money_text(minor)


def _amount(coupon: Coupon) -> int:
    return coupon.tiers[0].value if coupon.kind == "minus" else 0


def _off(coupon: Coupon) -> int:
    return coupon.tiers[0].value if coupon.kind == "percent" else 0


def _flag(is_so: bool) -> str:
    return "true" if is_so else "false"


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:.2f}" if ppm else ""


FIELDS: dict[str, Callable[[Coupon], str]] = {
    "name": lambda one: one.name or one.code,
    "code": lambda one: one.code,
    "kind": lambda one: one.kind,
    "woo_type": lambda one: _WOO.get(one.kind, ""),
    "amount_or_percent": lambda one: _percent(_off(one)) or money_text(_amount(one)),
    "amount_yuan": lambda one: _yuan(_amount(one)) if _amount(one) else "",
    "amount_money": lambda one: money_text(_amount(one)) if _amount(one) else "",
    "amount_fen": lambda one: str(_amount(one)) if _amount(one) else "",
    "percent_off": lambda one: _percent(_off(one)),
    "share_off": lambda one: f"{_off(one) / WHOLE:.4f}" if _off(one) else "",
    "rate_of_1000": lambda one: str((WHOLE - _off(one)) // 1000) if _off(one) else "",
    "threshold_yuan": lambda one: _yuan(one.tiers[0].amount),
    "threshold_money": lambda one: money_text(one.tiers[0].amount) if one.tiers[0].amount else "",
    "threshold_fen": lambda one: str(one.tiers[0].amount),
    "threshold_count": lambda one: str(one.tiers[0].count or ""),
    "starts": lambda one: _local(one.starts),
    "last": lambda one: _local(_last(one.ends)),
    "starts_utc": lambda one: _utc(one.starts),
    "ends_utc": lambda one: _utc(one.ends),
    "total": lambda one: str(one.total or ""),
    "per_person": lambda one: str(one.per_person or ""),
    "once_each": lambda one: "true" if one.per_person == 1 else "false",
    "free_post": lambda one: "true" if one.kind == "free_post" else "false",
    "channel": lambda one: one.channel_name or one.channel,
    "scope": lambda one: "shop" if one.scope.whole_shop else "items",
    "item_ids": lambda one: _ids(one.scope.items, ";"),
    "item_ids_comma": lambda one: _ids(one.scope.items, ","),
    "sku_ids": lambda one: _ids(one.scope.skus, ";"),
    "without": lambda one: _ids(one.scope.without, ";"),
    "is_amount": lambda one: _flag(bool(one.tiers[0].amount)),
    "is_count": lambda one: _flag(bool(one.tiers[0].count)),
    "is_multiple": lambda one: _flag(one.each_per),
    "is_minus": lambda one: _flag(one.kind == "minus"),
    "is_discount": lambda one: _flag(one.kind == "percent"),
    "is_free_post": lambda one: _flag(one.kind == "free_post"),
    "is_gift": lambda one: _flag(one.kind == "gift"),
    "is_part": lambda one: "0" if one.scope.whole_shop else "1",
}
"""Field -> its text for a coupon. Money in the unit that the name says."""


def columns_of(profile: Profile) -> list[tuple[str, str]]:
    """The (column, field) pairs of a profile. Raises UsageFault for a field that is not known."""
    rule = profile.rules.get("columns")
    pairs = rule.value if rule and isinstance(rule.value, list) else []
    for _, name in pairs:
        if name not in FIELDS:
            raise UsageFault(
                "profile_value_unknown", profile=profile.name, rule="columns", value=name
            )
    return [(str(column), str(name)) for column, name in pairs]


def unfit(coupon: Coupon, profile: Profile, *, coded: bool = False) -> str:
    """A reason code where the platform cannot take this coupon; else nothing.

    ``coded``: it is to get codes of its own.
    """
    kinds = profile.rules.get("kinds")
    if kinds and isinstance(kinds.value, list) and coupon.kind not in kinds.value:
        return "kind_not_on_platform"
    if splits(coupon, profile) and (coded or not _as_one(coupon, profile)):
        return "ladder_not_on_platform"
    longest = profile.number("name_longest")
    return "name_too_long" if longest and len(coupon.name) > longest else ""


def splits(coupon: Coupon, profile: Profile) -> bool:
    """Whether a ladder has to become a coupon for each of its steps on this platform."""
    return len(coupon.tiers) > 1 and not profile.number("ladders", 0)


def _as_one(coupon: Coupon, profile: Profile) -> bool:
    """Whether its steps as coupons cost buyer and shop what the ladder does.

    So where an order takes one coupon (the profile's ``one_per_order``) and nothing counts them:
    with a limit in all or a person, or one code, each step would be given beside the others.
    """
    limited = coupon.total or coupon.per_person or coupon.code
    return bool(profile.number("one_per_order", 0)) and not limited


def upload_rows(coupons: Sequence[Coupon], profile: Profile) -> list[Mapping[str, str]]:
    """The rows of the upload file; a ladder has a row a step."""
    pairs = columns_of(profile)
    steps = [replace(one, tiers=(tier,)) for one in coupons for tier in one.tiers]
    return [{column: FIELDS[name](one) for column, name in pairs} for one in steps]
