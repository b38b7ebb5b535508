"""How a platform works out a price, as its profile tells; what it does not tell stays open."""

from __future__ import annotations

from typing import cast, get_args

from shopkit.errors import UsageFault
from shopkit.offers.model import LEVELS, Basis, Level, OfficialRounding, Reading
from shopkit.runtime.profiles import Profile

PLACEMENT = "price"
"""The section of a profile that holds these rules: [price.threshold_basis] and so on."""


def reading_of(profile: Profile) -> Reading:
    """The reading of a profile's price rules; all possible ones where a rule is unknown.

    Raises UsageFault for a value that no rule has.
    """
    return Reading(
        levels=_levels(profile),
        bases=cast(tuple[Basis, ...], _choices(profile, "threshold_basis", Basis)),
        officials=cast(
            tuple[OfficialRounding, ...], _choices(profile, "official_rounding", OfficialRounding)
        ),
        sources={name: rule.source for name, rule in profile.rules.items()},
    )


def _choices(profile: Profile, rule: str, kind: object) -> tuple[str, ...]:
    known = get_args(kind)
    value = profile.text(rule, "unknown")
    if value == "unknown":
        return known
    if value not in known:
        raise UsageFault("profile_value_unknown", profile=profile.name, rule=rule, value=value)
    return (value,)


def _levels(profile: Profile) -> tuple[Level, ...]:
    rule = profile.rules.get("levels")
    levels = tuple(rule.value) if rule and isinstance(rule.value, list) else LEVELS
    if sorted(levels) != sorted(LEVELS):
        value = " ".join(map(str, levels))
        raise UsageFault("profile_value_unknown", profile=profile.name, rule="levels", value=value)
    return cast(tuple[Level, ...], levels)
