"""What must be known of the command line before it is read: its language and how to fail."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from shopkit import messages


@dataclass(frozen=True)
class Peek:
    """``--lang`` as given, and whether ``--json`` and ``--no-color`` are there."""

    lang: str | None
    json: bool
    no_color: bool


def peek(arguments: Sequence[str]) -> Peek:
    """Look at the arguments without judging them; what stands after ``--`` is not an option."""
    head = list(arguments)
    head = head[: head.index("--")] if "--" in head else head
    lang = next((_value(head, i) for i, word in enumerate(head) if _is_lang(word)), None)
    return Peek(lang, "--json" in head, "--no-color" in head)


def choose_language(lang: str | None) -> None:
    """Take the language from ``--lang``, SHOPKIT_LANG, shopkit.toml, else the locale, for good.

    A wrong ``--lang`` is left for the parser, which can say so in words.
    """
    from shopkit.runtime.settings import language_of_folder

    asked = lang or os.environ.get("SHOPKIT_LANG") or language_of_folder()
    messages.set_language(asked if asked in messages.LANGUAGES else messages.language())


def _is_lang(word: str) -> bool:
    return word == "--lang" or word.startswith("--lang=")


def _value(words: list[str], at: int) -> str | None:
    _, equals, value = words[at].partition("=")
    if equals:
        return value
    return words[at + 1] if at + 1 < len(words) else None
