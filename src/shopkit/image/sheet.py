"""The contact sheet of a run: one HTML file that needs no network, to look, judge and decide."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from shopkit import __version__, messages
from shopkit.data import DATA
from shopkit.errors import InputRefused
from shopkit.image.sheet_cards import LOW_IS_BAD, Card, Shown, cards_of
from shopkit.image.thumbnails import Thumbnail, View, thumbnails
from shopkit.runtime.files import write_bytes
from shopkit.runtime.review import Entry
from shopkit.runtime.table import read_table

BUDGET = 34_000_000
"""Characters of picture data in a page: 500 pictures stay under 40 MB."""

COMMAND = "shopkit review accept --from decisions.csv"
"""What takes the saved decisions in (accept and reject do the same there)."""

_GOODS_BUDGET, _GOODS_SIDE = 4_000_000, 360
_PILLS = ("all", "review", "ok", "failed", "decided")
_SCRIPT_WORDS = ("progress", "save", "save_count", "saved")
_PAGE_WORDS = (
    *("save", "status", "search", "reason", "any_reason", "sort", "sort_worst", "sort_number"),
    *(
        "sort_name",
        "sort_by",
        "single",
        "close",
        "no_script",
        "before",
        "after",
        "slider",
        "no_picture",
    ),
    *("generated", "product", "accept", "reject", "note", "nothing"),
)
_STATUSES = ("ok", "review", "failed", "pending", "accept", "reject")
_HELP = (
    (("a",), "accept"),
    (("r",), "reject"),
    (("←", "→"), "move"),
    (("space",), "peek"),
    (("f",), "single"),
    (("z",), "close"),
    (("/",), "search"),
)


class Sheet(NamedTuple):
    """What was written, and how many rows and pictures are on it."""

    path: Path
    rows: int
    pictures: int


class Embedded(NamedTuple):
    """A picture in the page: its number there and its size in px."""

    place: int
    size: tuple[int, int]


def make_sheet(out: Path, page: Path | None = None, reviews: Iterable[Entry] = ()) -> Sheet:
    """Write the contact sheet of the run in folder ``out`` to ``page`` (``out``/sheet.html).

    ``reviews`` are entries of the queue, decided ones too: they tell what has been decided since
    the run. Only rows that have an id in the queue can be decided on the page, under that id.
    Raises InputRefused ``sheet_no_results`` where the folder holds no results.csv.
    """
    results = out / "results.csv"
    if not results.is_file():
        raise InputRefused("sheet_no_results", path=out)
    target = (page or out / "sheet.html").absolute()
    here = [entry for entry in reviews if entry.out.resolve() == out.resolve()]
    cards = cards_of(read_table(results), out, target.parent, here)
    pictures = _pictures(cards)
    digest = hashlib.sha256(results.read_bytes()).hexdigest()[:16]
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(target, _page(cards, pictures, out.resolve().name, digest).encode())
    return Sheet(target, len(cards), len(pictures))


def _pictures(cards: Sequence[Card]) -> dict[View, Thumbnail]:
    """Every picture once, however many cards show it."""
    large = [view for card in cards for view in (card.before, card.after) if view is not None]
    large += [view for card in cards for view in _close_ups(card) if view is not None]
    goods = dict.fromkeys(card.goods for card in cards if card.goods is not None)
    known = set(large)
    small = [view for view in goods if view not in known]
    return thumbnails(large, BUDGET) | thumbnails(small, _GOODS_BUDGET, _GOODS_SIDE)


def _close_ups(card: Card) -> tuple[View | None, View | None]:
    """The region before and after, where it is a small part of both pictures."""
    if card.close is None or card.before is None or card.after is None:
        return None, None
    return View(card.before.path, card.close), View(card.after.path, card.close)


def _page(cards: Sequence[Card], pictures: Mapping[View, Thumbnail], name: str, digest: str) -> str:
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("shopkit", "data/templates"),
        autoescape=True,
        keep_trailing_newline=True,
    )
    css, js = _template_text("sheet.css"), _template_text("sheet.js")
    shown: dict[View | None, Embedded] = {
        view: Embedded(place, one.size) for place, (view, one) in enumerate(pictures.items())
    }
    return environment.get_template("sheet.html.j2").render(
        lang=messages.language(),
        policy=_policy(css, js),
        generator=f"shopkit {__version__}",
        title=messages.text("sheet.page.title", name=name),
        about=_about(cards),
        shape=_shape(cards, shown),
        digest=digest,
        closing=any(card.close for card in cards),
        deciding=any(card.review for card in cards),
        css=Markup(css),  # noqa: S704 - our own files
        js=Markup(js),  # noqa: S704 - our own files
        words=_words(),
        script_words=_script_words(),
        pills=_PILLS,
        reasons=sorted(Counter(card.reason for card in cards if card.reason).items()),
        sortable=_sortable(cards),
        help=[(keys, messages.text(f"sheet.keys.{what}")) for keys, what in _HELP],
        cards=[(card, _embedded(card, shown)) for card in cards],
        pictures=[one.base64 for one in pictures.values()],
    )


def _embedded(card: Card, shown: Mapping[View | None, Embedded]) -> dict[str, Embedded | None]:
    views = {"before": card.before, "after": card.after, "goods": card.goods}
    close = dict(zip(("close_before", "close_after"), _close_ups(card), strict=True))
    return {name: shown.get(view) for name, view in {**views, **close}.items()}


def _template_text(name: str) -> str:
    return (DATA / "templates" / name).read_text(encoding="utf-8")


def _policy(css: str, js: str) -> str:
    """Only this very style and script run; nothing is fetched from anywhere."""
    style, script = (
        base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in (css, js)
    )
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{style}'; "
        f"script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )


def _about(cards: Sequence[Card]) -> str:
    counts = Counter("decided" if card.decision else card.status for card in cards)
    parts = [messages.text("sheet.page.rows", count=len(cards))]
    parts += [
        messages.text(f"sheet.count.{status}", count=counts[status])
        for status in ("ok", "review", "decided", "failed", "pending")
        if counts[status]
    ]
    if any(card.status == "review" for card in cards) and not any(card.review for card in cards):
        parts.append(messages.text("sheet.page.no_queue"))
    return " · ".join(parts)


def _shape(cards: Sequence[Card], shown: Mapping[View | None, Embedded]) -> str:
    """The frame that most of the pictures fit."""
    seen = [shown.get(card.after) or shown.get(card.before) for card in cards]
    ratios = sorted(one.size[0] / one.size[1] for one in seen if one)
    middle = ratios[len(ratios) // 2] if ratios else 4 / 3
    return "portrait" if middle < 0.87 else "square" if middle < 1.15 else "landscape"


def _sortable(cards: Sequence[Card]) -> list[Shown]:
    """Figures by which cards can be put in order: numbers that differ."""
    named: dict[str, Shown] = {}
    values: dict[str, set[float]] = {}
    for each in (figure for card in cards for figure in card.figures):
        if each.value is not None:
            named.setdefault(each.name, each)
            values.setdefault(each.name, set()).add(each.value)
    return [each for name, each in named.items() if len(values[name]) > 1]


def _words() -> dict[str, str]:
    words = {name: messages.text(f"sheet.page.{name}") for name in _PAGE_WORDS}
    words |= {f"pill_{name}": messages.text(f"sheet.pill.{name}") for name in _PILLS}
    return words | {f"status_{name}": messages.text(f"sheet.status.{name}") for name in _STATUSES}


def _script_words() -> dict[str, object]:
    words: dict[str, object] = {name: messages.text(f"sheet.page.{name}") for name in _SCRIPT_WORDS}
    words |= {f"status_{name}": messages.text(f"sheet.status.{name}") for name in _STATUSES}
    return words | {"command": COMMAND, "low_is_bad": list(LOW_IS_BAD)}
