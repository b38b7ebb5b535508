"""The review queue: what a person must look at, under short ids, with what was decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from shopkit import messages
from shopkit.errors import InputRefused
from shopkit.runtime.items import Item
from shopkit.runtime.job import Figure, Row
from shopkit.runtime.state import State

Decision = Literal["accept", "reject"]
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: ids are read aloud and typed
_COLUMNS = (
    "SELECT id, out, command, item, reason, vals, files, opened, decision, note, digest FROM review"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the queue; ``decision`` is empty while it is open."""

    id: str
    out: Path
    command: str
    item: str
    reason: str
    values: Mapping[str, Figure] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)  # kind -> what to look at
    opened: str = ""
    decision: str = ""
    note: str = ""
    digest: str = ""

    @property
    def detail(self) -> str:
        """Why a person must look, in words."""
        return " ".join(messages.reason(self.reason, **self.values)).strip()


class Standing(NamedTuple):
    """An entry's id, what was decided and on what."""

    id: str
    decision: str
    digest: str


class Queue:
    """The entries of one command in one output folder, kept in step with its results."""

    def __init__(self, state: State, out: Path, command: str) -> None:
        self._state = state
        self._out = out
        self._key = (state.name(out), command)

    def standing(self, ids: Iterable[str]) -> dict[str, Standing]:
        """How those of these jobs stand that it holds."""
        asked = "SELECT item, id, decision, digest FROM review"
        where = "WHERE out = ? AND command = ? AND item IN"
        found = self._state.read_in(f"{asked} {where}", list(ids), self._key)
        return {item: Standing(*rest) for item, *rest in found}

    def entries(self) -> list[Entry]:
        """Everything that it holds, decided or not."""
        found = self._state.read(f"{_COLUMNS} WHERE out = ? AND command = ?", self._key)
        return [_entry(self._state, row) for row in found]

    def settle(self, items: Iterable[Item], now: datetime) -> None:
        """Open, reopen or close the entries of jobs after their results; of one, the last counts.

        A decision holds as long as reason and outputs are the ones it was made on.
        """
        ended = {item.id: item for item in items}
        known = self.standing(ended)
        over, asked = [], []
        for name, item in ended.items():
            entry = known.get(name)
            if item.outcome.status == "review":
                asked += [item] if entry is None or entry.digest != _digest(item) else []
            elif entry is not None and not entry.decision:
                over.append((entry.id,))
        self._state.write_many("DELETE FROM review WHERE id = ?", over)
        self._open(asked, {name: entry.id for name, entry in known.items()}, now)

    def _open(self, asked: Sequence[Item], ids: Mapping[str, str], now: datetime) -> None:
        """Write entries that are open; ``ids`` of the jobs that have one."""
        named = {**ids, **self._new_ids([item.id for item in asked if item.id not in ids])}
        opened = now.isoformat(timespec="seconds")
        self._state.write_many(
            "INSERT OR REPLACE INTO review (id, out, command, item, reason, vals, files, digest,"
            " opened) VALUES (?,?,?,?,?,?,?,?,?)",
            [(named[item.id], *self._key, item.id, *_told(item), opened) for item in asked],
        )

    def _new_ids(self, items: Sequence[str]) -> dict[str, str]:
        """Six letters from each job itself; more where another job has them already."""
        ids: dict[str, str] = {}
        for length in range(6, 50, 2):
            wanted = {item: self._letters(item, length) for item in items if item not in ids}
            if not wanted:
                return ids
            asked = "SELECT id FROM review WHERE id IN"
            taken = {identity for (identity,) in self._state.read_in(asked, list(wanted.values()))}
            for item, identity in wanted.items():
                if identity not in taken:
                    ids[item] = identity
                    taken.add(identity)
        raise AssertionError("a SHA-256 met twice")

    def _letters(self, item: str, length: int) -> str:
        digest = hashlib.sha256("\n".join((*self._key, item)).encode()).digest()
        number = int.from_bytes(digest)
        return "".join(_LETTERS[number >> 5 * place & 31] for place in range(length))


def entries(state: State, *, every: bool = False) -> list[Entry]:
    """The open entries, oldest first; ``every``: the decided ones too."""
    where = "" if every else " WHERE decision = ''"
    return [_entry(state, row) for row in state.read(f"{_COLUMNS}{where} ORDER BY opened, id")]


def entry(state: State, identity: str) -> Entry:
    """One entry by its id. Raises InputRefused ``review_unknown``."""
    found = state.read(f"{_COLUMNS} WHERE id = ?", (identity.strip().lower(),))
    if not found:
        raise InputRefused("review_unknown", id=identity)
    return _entry(state, found[0])


def decide(
    state: State, ids: Sequence[str], decision: Decision, *, note: str = "", now: datetime
) -> list[Entry]:
    """Accept or reject entries, all or none; returns them as they stand now.

    Raises InputRefused ``review_unknown`` for an id that is not there.
    """
    found = [entry(state, identity) for identity in ids]
    with state.transaction():
        for one in found:
            state.write(
                "UPDATE review SET decision = ?, note = ?, decided = ? WHERE id = ?",
                (decision, note, now.isoformat(timespec="seconds"), one.id),
            )
    return [entry(state, one.id) for one in found]


def decide_rows(state: State, rows: Sequence[Row], *, now: datetime) -> list[Entry]:
    """Take decisions from a table with the columns id, decision and, if you like, note.

    A results.csv will do too: there the queue's id stands in the column review. Rows without a
    decision, or whose decision stands already, are passed over. All or none: raises InputRefused
    for an unknown id or another word than accept and reject, naming the line.
    """
    wanted: list[tuple[str, Decision, str]] = []
    for row in rows:
        word = row.cells.get("decision", "").lower()
        if not word:
            continue
        decision = next((known for known in get_args(Decision) if known == word), None)
        if decision is None:
            raise InputRefused("decision_unknown", file=row.source, line=row.line, value=word)
        found = entry(state, row.cells.get("review", row.cells.get("id", "")))
        note = row.cells.get("note", "")
        if (found.decision, found.note) != (decision, note):
            wanted.append((found.id, decision, note))
    with state.transaction():
        decided = [decide(state, [one], word, note=note, now=now) for one, word, note in wanted]
    return [one for several in decided for one in several]


def _digest(item: Item) -> str:
    """What a decision was made on: the reason, the outputs, a file edited by hand."""
    outcome = item.outcome
    parts = [outcome.reason, str(outcome.values.get("sha256", ""))]
    parts += [f"{kind}={made.sha256}" for kind, made in sorted(item.files.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _told(item: Item) -> tuple[str, str, str, str]:
    """Reason, values, files and digest of an entry, as the state holds them."""
    names = {kind: made.name for kind, made in item.files.items()}
    values = dict(item.outcome.values)
    return item.outcome.reason, json.dumps(values), json.dumps(names), _digest(item)


def _entry(state: State, row: tuple[str, ...]) -> Entry:
    identity, out, command, item, reason, values, files, opened, decision, note, digest = row
    folder = state.path_of(out)
    return Entry(
        id=identity,
        out=folder,
        command=command,
        item=item,
        reason=reason,
        values=json.loads(values),
        files={kind: folder / name for kind, name in json.loads(files).items()},
        opened=opened,
        decision=decision,
        note=note,
        digest=digest,
    )
