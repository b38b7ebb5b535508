"""Rows that lean on others: Shopify's blank repeated cells, WooCommerce's variations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shopkit.runtime.headers import Binding
from shopkit.runtime.job import Row
from shopkit.runtime.schema import Shape


@dataclass(slots=True)
class Line:
    """One row on its way: the row as read, and the cleaned text of each canonical column."""

    row: Row
    texts: dict[str, str]


def shaped(lines: list[Line], binding: Binding) -> list[Line]:
    """Fill in what the file leaves blank because another row has it; leave out what is no row."""
    shape = binding.shape
    if shape is not None and shape.fill_by:
        _fill_down(lines, shape)
    if shape is not None and shape.parent:
        _fill_from_parent(lines, shape, binding.schema.key[0])
    kept = [line for line in lines if shape is None or _counts(line, shape)]
    for name in binding.schema.columns:
        for line in kept if binding.stand_ins(name) else ():
            line.texts[name] = _stand_in(line.texts, binding.stand_ins(name))
    return kept


def _fill_down(lines: Iterable[Line], shape: Shape) -> None:
    first: dict[str, dict[str, str]] = {}
    for line in lines:
        above = first.setdefault(line.texts[shape.fill_by], line.texts)
        if above is not line.texts and line.texts[shape.fill_by]:
            _take(line.texts, above, shape)


def _fill_from_parent(lines: list[Line], shape: Shape, key: str) -> None:
    """A parent is named by its id with a prefix, or by its code; a row without one is its own."""
    parents = {shape.parent_prefix + line.texts[key]: line.texts for line in lines}
    parents |= {code: line.texts for line in lines if (code := line.texts.get("sku_code", ""))}
    for line in lines:
        parent = parents.get(line.texts[shape.parent])
        if parent is not None:
            _take(line.texts, parent, shape)
            line.texts[shape.parent] = parent[key]
        elif not line.texts[shape.parent]:
            line.texts[shape.parent] = line.texts[key]
        else:
            line.texts[shape.parent] = line.texts[shape.parent].removeprefix(shape.parent_prefix)


def _take(texts: dict[str, str], other: dict[str, str], shape: Shape) -> None:
    for name in shape.fill:
        if name in texts and not texts[name]:
            texts[name] = other[name]


def _counts(line: Line, shape: Shape) -> bool:
    if shape.without and line.texts.get(shape.without, "").casefold() in shape.words:
        return False
    return not shape.rows_with or any(line.texts.get(name) for name in shape.rows_with)


def _stand_in(texts: dict[str, str], choices: list[tuple[str, ...]]) -> str:
    chosen = next((parts for parts in choices if texts[parts[0]]), ())
    return "/".join(texts[part] for part in chosen if texts[part])
