"""Rows that are made anew each time they are gone through: more than memory should hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")
_PART = 1_000


class Again(Collection[T]):
    """So many rows, of which ``make`` gives the same ones from the first on each time."""

    def __init__(self, count: int, make: Callable[[], Iterator[T]]) -> None:
        self._count, self._make = count, make

    def changed(self, to: Callable[[T], U]) -> Again[U]:
        """As many others, each made from one of these."""
        return Again(self._count, lambda: map(to, self._make()))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        return self._make()

    def __contains__(self, row: object) -> bool:
        return any(one == row for one in self)


def in_parts(rows: Iterable[T]) -> Iterator[list[T]]:
    """The rows a thousand at a time: so many are asked and written at once."""
    left = iter(rows)
    while part := list(islice(left, _PART)):
        yield part
