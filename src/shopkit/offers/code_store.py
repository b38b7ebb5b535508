"""Codes that were given out: a batch gets its own again and never one of another or imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shopkit.errors import InputRefused
from shopkit.offers import codes
from shopkit.offers.codes import Texts
from shopkit.runtime.state import State

MOST = 10_000_000  # codes of one batch: more is a slip of the finger
_PREFIX = re.compile(r"[A-Z0-9_-]{0,20}")
_PART = 1 << 20  # codes a row of the state


@dataclass(frozen=True, eq=False)
class Codes:
    """The codes of one batch in their order.

    ``chance``: that one guess hits a live code of the shop. ``fresh``: how many are new.
    ``skipped``: candidates passed over because somebody holds such a code already.
    """

    batch: str
    prefix: str
    length: int  # drawn characters
    texts: Texts
    chance: float = 0.0
    fresh: int = 0
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[str]:
        for part in self.parts(_PART):
            yield from part

    def parts(self, size: int) -> Iterator[list[str]]:
        """The codes in lists of ``size``: what a platform takes in one call."""
        for start in range(0, len(self.texts), size):
            yield codes.lines(self.texts[start : start + size])


def issue(
    state: State, key: bytes, batch: str, count: int, *, prefix: str = "", length: int = 0
) -> Codes:
    """Give ``count`` codes to a batch; the state knows them before they are returned.

    The same batch gets the same codes again, a larger count goes on after them. ``length``: of
    the drawn characters; 0: what the batch has, else as many as keep a guess at 1e-7 or below,
    at least 9. Killed at any moment, the next call gives the same codes. Raises InputRefused for
    a length that is too easily guessed, a batch whose codes have another length, prefix or key,
    a count of 0 or over ten million, a prefix of other signs than letters, digits, - and _.
    """
    prefix = codes.fold(prefix)
    _check(count, prefix, length)
    with state.transaction():
        own = _own(state, batch)
        if own is not None:
            _check_same(own, prefix, length)
            length = own.length
        length, taken = _room(state, batch, prefix, length, count)
        live = len(taken) + max(count, len(own or ()))
        likely = codes.chance(live, length)
        if own is not None and count <= len(own):
            return replace(own, texts=own.texts[:count], chance=likely)
        if codes.length_for(live, length) > length:
            enough = codes.length_for(live, 1)
            told = f"{likely:.1e}"
            raise InputRefused("code_guessable", length=length, chance=told, enough=enough)
        drawn, skipped = _draw(key, batch, count, length, prefix, taken)
        made = Codes(batch, prefix, length, drawn, likely, count - len(own or ()), skipped)
        _record_after(state, own, made)
        return made


def add(state: State, batch: str, texts: Texts, *, prefix: str = "", length: int = 0) -> None:
    """Write codes of one width into the state; without a ``length`` they are not ours."""
    for start in range(0, len(texts), _PART):
        part = texts[start : start + _PART]
        state.write(
            "INSERT INTO codes (batch, imported, prefix, length, width, amount, texts)"
            " VALUES (?,?,?,?,?,?,?)",
            (batch, int(not length), prefix, length, part.shape[1], len(part), part.tobytes()),
        )


def known(state: State, width: int) -> Iterator[tuple[str, bool, Texts]]:
    """Codes of one width (in bytes) in the state: (batch or list, imported, codes)."""
    for (row,) in state.read("SELECT id FROM codes WHERE width = ? ORDER BY id", (width,)):
        found = state.read("SELECT batch, imported, texts FROM codes WHERE id = ?", (row,))
        batch, imported, texts = found[0]
        yield batch, bool(imported), _matrix(texts, width)


def holders(state: State, texts: Iterable[str]) -> Iterator[tuple[str, bool, list[str]]]:
    """Who has these codes (folded): (batch or list, imported, its codes of them, sorted)."""
    for width, wanted in by_width(texts).items():
        sought = set(wanted)
        for batch, imported, there in known(state, width):
            held = sorted(sought.intersection(there.view(f"S{width}").ravel().tolist()))
            if held:
                yield batch, imported, [text.decode() for text in held]


def by_width(texts: Iterable[str]) -> dict[int, list[bytes]]:
    """Codes as bytes, by how many they are."""
    found: dict[int, list[bytes]] = {}
    for text in texts:
        written = text.encode(errors="replace")
        found.setdefault(len(written), []).append(written)
    return found


def _check(count: int, prefix: str, length: int) -> None:
    if not 1 <= count <= MOST:
        raise InputRefused("code_count_bad", count=count, most=MOST)
    if not 0 <= length <= codes.LONGEST:
        raise InputRefused("code_length_bad", length=length, most=codes.LONGEST)
    if not _PREFIX.fullmatch(prefix):
        raise InputRefused("code_prefix_bad", prefix=prefix)


def _own(state: State, batch: str) -> Codes | None:
    """What the batch was given before."""
    found = state.read(
        "SELECT prefix, length, width, texts FROM codes"
        " WHERE batch = ? AND imported = 0 ORDER BY id",
        (batch,),
    )
    if not found:
        return None
    prefix, length, width, _ = found[0]
    return Codes(batch, prefix, length, np.concatenate([_matrix(row[3], width) for row in found]))


def _check_same(own: Codes, prefix: str, length: int) -> None:
    if prefix != own.prefix or length not in (0, own.length):
        shape = {"length": own.length, "prefix": own.prefix}
        raise InputRefused("code_batch_differs", batch=own.batch, **shape)


def _room(
    state: State, batch: str, prefix: str, length: int, count: int
) -> tuple[int, NDArray[np.int64]]:
    """The length (chosen where it is 0) and the numbers of codes that others hold there."""
    if length:
        return length, _taken(state, batch, prefix, length)
    length = codes.SHORTEST
    while True:
        taken = _taken(state, batch, prefix, length)
        enough = codes.length_for(len(taken) + count, length)
        if enough == length:
            return length, taken
        length = enough


def _taken(state: State, batch: str, prefix: str, length: int) -> NDArray[np.int64]:
    """Numbers of the codes of other batches and of lists that this batch could draw."""
    parts = [np.empty(0, np.int64)]
    for other, imported, texts in known(state, len(prefix) + length + 1):
        if imported or other != batch:
            parts.append(codes.numbers(codes.drawn_part(texts, prefix)))
    return np.concatenate(parts)


def _draw(
    key: bytes, batch: str, count: int, length: int, prefix: str, taken: NDArray[np.int64]
) -> tuple[Texts, int]:
    """The batch's first ``count`` codes that nobody holds, and how many were passed over."""
    skipped = 0
    while True:
        candidates = codes.draw(key, batch, count + skipped, length, prefix)
        found = codes.free(candidates, taken)
        if len(found) == count:
            return codes.written(found, prefix), skipped
        skipped = len(candidates) - len(found)


def _record_after(state: State, own: Codes | None, made: Codes) -> None:
    """Write what the batch did not have; what it has must be where the stream begins."""
    before = len(own or ())
    if own is not None and not np.array_equal(made.texts[:before], own.texts):
        raise InputRefused("code_key_changed", batch=made.batch, count=before)
    add(state, made.batch, made.texts[before:], prefix=made.prefix, length=made.length)


def _matrix(texts: bytes, width: int) -> Texts:
    return np.frombuffer(texts, np.uint8).reshape(-1, width)
