"""Check a batch before its first row: what is refused, what is done already, what is to do."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from shopkit.errors import InputRefused, ShopkitError
from shopkit.runtime.attempt import Attempt, failed, prepare
from shopkit.runtime.hashes import Hashes
from shopkit.runtime.items import Item, owned
from shopkit.runtime.job import Job, Outcome, Row, Work
from shopkit.runtime.names import folded, inner_path
from shopkit.runtime.state import State, storable


@dataclass(slots=True)
class Planned:
    """A row with its job (None: refused before it was one) and the result that stands, if any."""

    row: Row
    id: str
    job: Job | None = None
    fingerprint: str = ""
    result: Item | None = None
    before: bool = False  # the result stands from an earlier run
    risky: bool = False  # it was being written when two runs died
    trace: str = ""  # of an unexpected fault, for the log

    def refuse(self, error: ShopkitError) -> None:
        """The row fails with this."""
        self.result = Item(self.id, self.fingerprint, failed(error).outcome)


class Clash(NamedTuple):
    """An earlier row that has the name already, and how the later one is refused."""

    first: Planned
    error: InputRefused


@dataclass(frozen=True, slots=True)
class Redo:
    """What is done again though its result stands."""

    force: bool = False  # everything, also over files that are not ours
    failed: bool = False


class Planner:
    """Knows an output folder, what lies there and what the state says of it."""

    def __init__(self, out: Path, state: State, hashes: Hashes, known: Mapping[str, Item]) -> None:
        self._out = out
        self._state = state
        self._hashes = hashes
        self._known = known
        self._owned: dict[str, set[str]] = {}
        self._inputs: set[tuple[int, int]] = set()

    def plan(self, work: Work, rows: Sequence[Row], redo: Redo, item: str = "") -> list[Planned]:
        """Plan all rows, in order. ``item`` names the only row's job where there is no table.

        Raises EngineMissing: that is no row's fault. UsageFault where there is no table.
        """
        planned = [self._prepared(work, row, item) for row in rows]
        self._settle_names(work, planned)
        jobs = [one.job for one in planned if one.job is not None and one.result is None]
        self._look_up(jobs)
        for one in planned:
            if one.job is not None and one.result is None:
                self._decide(one, one.job, work, redo)
        return planned

    def _prepared(self, work: Work, row: Row, item: str) -> Planned:
        one = Planned(row, item or row.cells.get("id") or f"row {row.number}")
        made = prepare(work, row, self._out, alone=bool(item))
        if isinstance(made, Attempt):
            one.result, one.trace = Item(one.id, "", made.outcome), made.trace
            return one
        one.job, one.id = made, item or storable(made.id)
        try:
            for path in made.outputs.values():
                inner_path(self._inside(path))
        except InputRefused as error:
            one.refuse(error)
        return one

    def _settle_names(self, work: Work, planned: Iterable[Planned]) -> None:
        """No two rows of one id or for one file, also where case is not told apart.

        The first keeps the name. A later row that named neither its id nor its file gets a name
        of its own (pictures of one name in two folders); any other is refused.
        """
        taken: dict[str, Planned] = {}
        for one in planned:
            if one.job is None or one.result is not None:
                continue
            clash = self._clash(one, one.job, taken)
            if clash is not None and self._renamed(one, one.job, clash.first, work):
                clash = self._clash(one, one.job, taken)
            if clash is not None:
                one.refuse(clash.error)
            elif one.result is None:
                taken[f"id {one.id}"] = one
                taken |= {folded(path): one for path in one.job.outputs.values()}

    def _clash(self, one: Planned, job: Job, taken: Mapping[str, Planned]) -> Clash | None:
        """The earlier row that has this one's id or one of its files."""
        first = taken.get(f"id {one.id}")
        if first is not None:
            return Clash(first, InputRefused("id_twice", id=one.id, row=first.row.number))
        for path in job.outputs.values():
            first = taken.get(folded(path))
            if first is not None:
                told = {"path": self._inside(path), "row": first.row.number}
                return Clash(first, InputRefused("output_twice", **told))
        return None

    def _renamed(self, one: Planned, job: Job, first: Planned, work: Work) -> bool:
        """Prepare a row without a name of its own again, under one made from its input's place."""
        cells = one.row.cells
        other = first.job
        same = other is not None and (other.inputs, other.params) == (job.inputs, job.params)
        if same or cells.get("id") or cells.get("out"):
            return False
        places = "\n".join(self._state.name(path) for path in job.inputs)
        name = f"{job.id}-{hashlib.sha256(places.encode()).hexdigest()[:6]}"
        again = self._prepared(work, replace(one.row, cells={**cells, "id": name}), "")
        one.id, one.job, one.result, one.trace = again.id, again.job, again.result, again.trace
        return one.result is None

    def _inside(self, path: Path) -> str:
        if not path.is_relative_to(self._out):
            raise InputRefused("output_unsafe", value=path)
        return path.relative_to(self._out).as_posix()

    def _look_up(self, jobs: Sequence[Job]) -> None:
        """Fetch all that the state remembers of these files, in few reads."""
        outputs = [path for job in jobs for path in job.outputs.values()]
        inputs = [path for job in jobs for path in job.inputs]
        self._hashes.load([*inputs, *outputs])
        self._owned = owned(self._state, outputs)
        self._inputs = {identity for path in set(inputs) if (identity := _identity(path))}

    def _decide(self, one: Planned, job: Job, work: Work, redo: Redo) -> None:
        try:
            one.fingerprint = self._fingerprint(job, work)
            known = self._known.get(one.id)
            if known is not None and not redo.force:
                one.risky = known.writing > 1
                if self._stands(known, one.fingerprint, redo):
                    one.result, one.before = known, True
                    return
            for path in job.outputs.values():
                self._check_place(path, redo.force)
        except Edited as edit:
            one.result = Item(one.id, one.fingerprint, edit.outcome)
        except ShopkitError as error:
            one.refuse(error)

    def _fingerprint(self, job: Job, work: Work) -> str:
        """What decides the outputs' bytes: inputs' content, parameters, places, engine version."""
        parts = {
            "command": work.command,
            "version": work.version,
            "inputs": [self._content(path) for path in job.inputs],
            "params": dict(job.params),
            "outputs": {kind: self._inside(path) for kind, path in job.outputs.items()},
        }
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()

    def _content(self, path: Path) -> str:
        try:
            return self._hashes.of(path)
        except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
            raise InputRefused("input_missing", file=path) from None
        except OSError as error:
            raise InputRefused("file_unreadable", file=path, error=error.strerror) from None

    def _stands(self, known: Item, fingerprint: str, redo: Redo) -> bool:
        """Whether the recorded result is this job's and its outputs lie there untouched."""
        if known.fingerprint != fingerprint:
            return False
        if known.outcome.status == "failed":
            return known.lasting and not redo.failed
        return all(self._holds(self._out / made.name, made.sha256) for made in known.files.values())

    def _holds(self, path: Path, digest: str) -> bool:
        return path.is_file() and not path.is_symlink() and self._hashes.of(path) == digest

    def _check_place(self, path: Path, force: bool) -> None:
        """Raise where an output may not go: elsewhere, over an input, over files not ours."""
        name = self._inside(path)
        if not path.parent.resolve().is_relative_to(self._out.resolve()):
            raise InputRefused("output_unsafe", value=name)
        if path.is_dir() and not path.is_symlink():
            raise InputRefused("output_is_folder", path=name)
        if _identity(path) in self._inputs:
            raise InputRefused("output_is_input", path=name)
        if not force:
            self.check_owner(path)

    def check_owner(self, path: Path) -> None:
        """Raise where a file lies that shopkit did not put there, or that was edited since."""
        if not os.path.lexists(path):
            return
        ours = self._owned.get(self._state.name(path), set())
        if path.is_symlink() or not ours:
            raise InputRefused("output_foreign", path=self._inside(path))
        digest = self._hashes.of(path)
        if digest not in ours:
            raise Edited(self._inside(path), digest)


class Edited(Exception):
    """An output was changed by hand; it stays, and a person says whether that is right."""

    def __init__(self, name: str, digest: str) -> None:
        super().__init__(name)
        self.outcome = Outcome("review", "output_edited", {"path": name, "sha256": digest})


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, whatever its name; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
