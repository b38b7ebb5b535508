"""What a run leaves to read: each row's result, and results.csv, never over a person's edits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from shopkit.errors import ShopkitError
from shopkit.runtime.files import sha256, sync
from shopkit.runtime.items import own, owned
from shopkit.runtime.results import BatchResult, RowResult
from shopkit.runtime.table_write import write_csv

if TYPE_CHECKING:
    from shopkit.runtime.plan import Planned
    from shopkit.runtime.review import Standing
    from shopkit.runtime.state import State


def row_result(one: Planned, out: Path, standing: Mapping[str, Standing]) -> RowResult:
    """What a planned row came to, with what a person decided on it."""
    if one.result is None:
        return RowResult(one.row, one.id, "pending", "interrupted")
    outcome = one.result.outcome
    entry = standing.get(one.id) if outcome.status == "review" else None
    main = next(iter(one.job.outputs), "") if one.job else ""
    return RowResult(
        row=one.row,
        id=one.id,
        status=outcome.status,
        reason=outcome.reason,
        values=outcome.values,
        review=entry.id if entry else "",
        decision=entry.decision if entry else "",
        outputs={
            "output" if kind == main else f"output_{kind}": out / made.name
            for kind, made in one.result.files.items()
        },
        evidence=outcome.evidence,
        warnings=outcome.warnings,
        before=one.before,
    )


def save_results(result: BatchResult, state: State, scratch: Path) -> BatchResult:
    """Write results.csv where it differs; one edited by hand is kept under another name.

    Raises ShopkitError ``results_unwritable`` (disk full, file open in a spreadsheet).
    """
    file = result.out / "results.csv"
    written = scratch / "results.csv"
    try:
        write_csv(written, result.columns, result.cells())
        digest, present = sha256(written), sha256(file) if file.exists() else ""
        kept = None
        if present not in ("", digest, *owned(state, [file]).get(state.name(file), ())):
            kept = _set_aside(file)
        if present != digest:
            sync(written)
            own(state, [(file, digest)])  # before it is there: whatever kills us, it is ours
            written.replace(file)
    except OSError as error:
        raise ShopkitError("results_unwritable", file=file, error=error.strerror) from error
    return result.saved(file, kept)


def _set_aside(file: Path) -> Path:
    for number in count(1):
        aside = file.with_name(f"{file.stem}.edited{number}{file.suffix}")
        if not aside.exists():
            file.replace(aside)
            return aside
    raise AssertionError("numbers ended")
