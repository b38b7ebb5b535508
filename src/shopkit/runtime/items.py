"""The last result of every job, and which files in an output folder are shopkit's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from shopkit.runtime.job import Outcome
from shopkit.runtime.state import State


class Made(NamedTuple):
    """An output as it was recorded: its name in the output folder and its content."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one job. ``lasting`` failures stay until their input changes."""

    id: str
    fingerprint: str
    outcome: Outcome
    files: Mapping[str, Made] = field(default_factory=dict)  # kind -> output
    lasting: bool = True
    writing: int = 0  # runs that began it and never ended it


class Items:
    """The results of one command in one output folder."""

    def __init__(self, state: State, out: Path, command: str, run: str) -> None:
        self._state = state
        self._key = (state.name(out), command)
        self._run = run

    def load(self) -> dict[str, Item]:
        """All results so far, by job id."""
        found = self._state.read(
            "SELECT item, fingerprint, outcome, files, lasting, writing FROM items"
            " WHERE out = ? AND command = ?",
            self._key,
        )
        return {row[0]: _item(*row) for row in found}

    def files(self, item: str) -> list[str]:
        """The names of the outputs that a job has made."""
        found = self._state.read(
            "SELECT files FROM items WHERE out = ? AND command = ? AND item = ?", (*self._key, item)
        )
        return [Made(*entry).name for (files,) in found for entry in json.loads(files).values()]

    def ended_well(self, ids: Iterable[str]) -> set[str]:
        """Which of these jobs have a result that is no failure."""
        asked = "SELECT item, outcome FROM items WHERE out = ? AND command = ? AND item IN"
        found = self._state.read_in(asked, list(ids), self._key)
        return {
            item
            for item, outcome in found
            if json.loads(outcome).get("status", "failed") != "failed"
        }

    def begin(self, ids: Iterable[str]) -> None:
        """Mark jobs as being written; what they were before stays known."""
        with self._state.transaction():
            self._state.write_many(
                "INSERT INTO items (out, command, item, writing) VALUES (?,?,?,1)"
                " ON CONFLICT DO UPDATE SET writing = writing + 1",
                [(*self._key, item) for item in ids],
            )

    def record(self, items: Sequence[Item], out: Path) -> None:
        """Write results down, before their files move in: from now on their content is ours."""
        files = [made for item in items for made in item.files.values()]
        with self._state.transaction():
            self._state.write_many(
                "INSERT OR REPLACE INTO items VALUES (?,?,?,?,?,?,?,0,?)",
                [(*self._key, one.id, one.fingerprint, *_written(one), self._run) for one in items],
            )
            own(self._state, [(out / made.name, made.sha256) for made in files])

    def forgive(self) -> None:
        """Take back the marks of jobs that were stopped on purpose."""
        self._state.write(
            "UPDATE items SET writing = 0 WHERE out = ? AND command = ? AND writing > 0", self._key
        )


def own(state: State, files: Iterable[tuple[Path, str]]) -> None:
    """Remember contents that shopkit is about to put at these paths."""
    rows = [(state.name(path), digest) for path, digest in files]
    state.write_many("INSERT OR IGNORE INTO owned VALUES (?,?)", rows)


def owned(state: State, paths: Iterable[Path]) -> dict[str, set[str]]:
    """Name of a path -> every content that shopkit ever put there."""
    names = sorted({state.name(path) for path in paths})
    found: dict[str, set[str]] = {}
    for name, digest in state.read_in("SELECT path, sha256 FROM owned WHERE path IN", names):
        found.setdefault(name, set()).add(digest)
    return found


def _written(item: Item) -> tuple[str, str, int]:
    outcome = item.outcome
    parts = {
        "status": outcome.status,
        "reason": outcome.reason,
        "values": dict(outcome.values),
        "evidence": dict(outcome.evidence),
        "warnings": list(outcome.warnings),
        "made": list(outcome.made),
    }
    return json.dumps(parts), json.dumps(item.files), int(item.lasting)


def _item(
    item: str, fingerprint: str, outcome: str, files: str, lasting: int, writing: int
) -> Item:
    parts: dict[str, Any] = json.loads(outcome) or {"status": "failed"}
    parts |= {key: tuple(parts.get(key, ())) for key in ("warnings", "made")}
    made = {kind: Made(*entry) for kind, entry in json.loads(files).items()}
    return Item(item, fingerprint, Outcome(**parts), made, bool(lasting), writing)
