"""Rules of platforms as data: a TOML file a platform, each rule with source, date and confidence.

``taobao-main`` is the placement ``[main]`` of ``taobao.toml``; a name without a placement means
``main``. A file ``profiles/taobao.toml`` in the shop's folder adds rules or takes their place.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from shopkit.data import DATA
from shopkit.errors import UsageFault

DEFAULT_PLACEMENT = "main"
CONFIDENCE = ("documented", "reported", "assumed", "general", "ours")
_NEEDED = ("value", "source", "date", "confidence")
Value = str | int | float | bool | list[Any]


@dataclass(frozen=True)
class Rule:
    """One rule, and how far it can be trusted (see CONFIDENCE)."""

    value: Value
    source: str
    date: dt.date
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Profile:
    """The rules of one placement on one platform; ``generic`` has none."""

    name: str
    placement: str
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def text(self, rule: str, default: str = "") -> str:
        """Return a rule's value as text; ``default`` where the platform has no such rule."""
        return str(self.rules[rule].value) if rule in self.rules else default

    def number(self, rule: str, default: float | None = None) -> float | None:
        """Return a rule's value as a number; ``default`` where there is no such rule."""
        found = self.rules.get(rule)
        return float(found.value) if found and isinstance(found.value, int | float) else default


def load_profile(name: str, shop: Path | None = None) -> Profile:
    """Return the profile ``platform`` or ``platform-placement``, with the shop's own rules on top.

    Raises UsageFault ``profile_unknown`` or ``profile_broken``.
    """
    platform, _, placement = name.partition("-")
    known = profile_names(shop)
    sheets = [_packaged(platform), _of_shop(platform, shop)] if platform in known else []
    content = _merged(*(sheet for sheet in sheets if sheet is not None))
    if not sheets or (placement and placement not in content):
        raise UsageFault("profile_unknown", name=name, known=", ".join(known))
    placement = placement or DEFAULT_PLACEMENT
    rules = content.get(placement, {})
    return Profile(name, placement, {key: _rule(name, key, entry) for key, entry in rules.items()})


def profile_names(shop: Path | None = None) -> list[str]:
    """Return the platforms that there are rules for, the shop's own among them."""
    names = {file.stem for file in (DATA / "profiles").glob("*.toml")}
    if shop is not None:
        names |= {file.stem for file in (shop / "profiles").glob("*.toml")}
    return sorted(names)


def placements(platform: str, shop: Path | None = None) -> list[str]:
    """Return the placements that a platform has rules for, the shop's own among them."""
    sheets = (_packaged(platform), _of_shop(platform, shop))
    return sorted({name for sheet in sheets if sheet is not None for name in sheet})


@cache
def _packaged(platform: str) -> dict[str, Any] | None:
    file = DATA / "profiles" / f"{platform}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _of_shop(platform: str, shop: Path | None) -> dict[str, Any] | None:
    file = shop / "profiles" / f"{platform}.toml" if shop else None
    if file is None or not file.is_file():
        return None
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageFault("settings_unreadable", path=file, why=error) from None


def _merged(*sheets: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Placement -> rules; a later sheet's rule takes the place of an earlier one's."""
    merged: dict[str, dict[str, Any]] = {}
    for sheet in sheets:
        for placement, rules in sheet.items():
            merged.setdefault(placement, {}).update(rules)
    return merged


def _rule(name: str, key: str, entry: dict[str, Any]) -> Rule:
    lacking = [part for part in _NEEDED if part not in entry]
    if lacking or entry["confidence"] not in CONFIDENCE:
        missing = ", ".join(lacking) or f"confidence ({', '.join(CONFIDENCE)})"
        raise UsageFault("profile_broken", path=name, rule=key, missing=missing)
    return Rule(**{part: entry[part] for part in _NEEDED}, note=entry.get("note", ""))
