"""The review queue: what a person must look at, under short ids, with what was decided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

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


class Queue:
    """The entries of one command in one output folder, kept in step with its results."""

    def __init__(self, state: State, out: Path, command: str) -> None:
        self._state = state
        self._out = out
        self._key = (state.name(out), command)

    def entry(self, item: str) -> Entry | None:
        """What the queue holds of a job."""
        where = "WHERE out = ? AND command = ? AND item = ?"
        found = self._state.read(f"{_COLUMNS} {where}", (*self._key, item))
        return _entry(self._state, found[0]) if found else None

    def entries(self) -> list[Entry]:
        """Everything that it holds, decided or not."""
        found = self._state.read(f"{_COLUMNS} WHERE out = ? AND command = ?", self._key)
        return [_entry(self._state, row) for row in found]

    def settle(self, item: Item, now: datetime) -> None:
        """Open, reopen or close the entry of a job after its result.

        A decision holds as long as reason and outputs are the ones it was made on.
        """
        entry = self.entry(item.id)
        outcome = item.outcome
        if outcome.status != "review":
            if entry is not None and not entry.decision:
                self._state.write("DELETE FROM review WHERE id = ?", (entry.id,))
            return
        digest = _digest(item)
        if entry is not None and entry.digest == digest:
            return
        identity = entry.id if entry else self._new_id(item.id)
        names = {kind: made.name for kind, made in item.files.items()}
        written = (json.dumps(dict(outcome.values)), json.dumps(names))
        opened = now.isoformat(timespec="seconds")
        self._state.write(
            "INSERT OR REPLACE INTO review (id, out, command, item, reason, vals, files, digest,"
            " opened) VALUES (?,?,?,?,?,?,?,?,?)",
            (identity, *self._key, item.id, outcome.reason, *written, digest, opened),
        )

    def _new_id(self, item: str) -> str:
        """Six letters from the job itself; more where another job has them already."""
        number = int.from_bytes(hashlib.sha256("\n".join((*self._key, item)).encode()).digest())
        for length in range(6, 50, 2):
            identity = "".join(_LETTERS[number >> 5 * place & 31] for place in range(length))
            if not self._state.read("SELECT 1 FROM review WHERE id = ?", (identity,)):
                return identity
        raise AssertionError("a SHA-256 met twice")


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
