"""Words for people, in the reader's language, from the catalogues in ``data/messages``.

A key is ``file.rest.of.key``: ``text("image.swap.help")`` reads ``swap.help`` in
``data/messages/<language>/image.toml``. Reason codes live in one list, ``reasons.toml``:
``[code]`` with ``say`` (what is wrong) and ``fix`` (what to do). Codes never change; words may.
"""

from __future__ import annotations

import locale
import os
import tomllib
from functools import cache
from typing import Any

from shopkit.data import DATA

LANGUAGES = ("en", "zh")
_chosen: list[str] = []


def set_language(language: str) -> None:
    """Fix the language ("en" or "zh") for this process; it wins over environment and locale."""
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r} is none of {', '.join(LANGUAGES)}")
    _chosen[:] = [language]


def language() -> str:
    """Return the language in use: the one set, else ``SHOPKIT_LANG``, else the locale's or en."""
    if _chosen:
        return _chosen[0]
    said = os.environ.get("SHOPKIT_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    code = (said or locale.getlocale()[0] or "en").lower()
    return "zh" if code.startswith(("zh", "chinese")) else "en"


def text(key: str, /, **values: object) -> str:
    """Return the words of ``key`` in the language in use, with ``{name}`` places filled.

    ``{count:row|rows}`` is the first for 1, else the second. A key that the language lacks falls
    back to English. Raises KeyError for an unknown key.
    """
    return template(key).format_map(_Places(values)).strip()


def template(key: str) -> str:
    """Return the words of ``key`` with their ``{name}`` places as they stand. Raises KeyError."""
    return _template(language(), key)


def reason(code: str, /, **values: object) -> tuple[str, str]:
    """Return (what is wrong, what to do) for a reason code; the second may be empty."""
    return text(f"reasons.{code}.say", **values), text(f"reasons.{code}.fix", **values)


def advice(code: str, /, **values: object) -> str:
    """Return both in one text; after a Chinese full stop stands no blank."""
    say, fix = reason(code, **values)
    gap = "" if say.endswith(("。", "？", "！")) else " "
    return f"{say}{gap}{fix}".strip()


class _Places(dict[str, object]):
    """Values for ``{name}`` places; a place without a value stays readable, never raises."""

    def __getitem__(self, name: str) -> _Value:
        return _Value(super().__getitem__(name))

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


class _Value:
    """A value that agrees in number with its words: ``{count} row{count:|s}``."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        one, bar, many = form.partition("|")
        if bar:
            return one if str(self._value) == "1" else many
        return format(self._value, form)


@cache
def _template(tongue: str, key: str) -> str:
    found = _lookup(tongue, key)
    if found is None and tongue != "en":
        return _template("en", key)
    if found is None:
        raise KeyError(key)
    return found.strip()


def _lookup(tongue: str, key: str) -> str | None:
    file, _, rest = key.partition(".")
    node: Any = _catalogue(tongue, file)
    for part in rest.split("."):
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node if isinstance(node, str) else None


@cache
def _catalogue(tongue: str, file: str) -> dict[str, Any]:
    source = DATA / "messages" / tongue / f"{file}.toml"
    if not source.is_file():
        return {}
    return tomllib.loads(source.read_text(encoding="utf-8"))
