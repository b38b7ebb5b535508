"""``shopkit price fit``: what each SKU's sales say of its price."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, RunOptions, SalesFile, TableOptions
from shopkit.cli.session import open_session
from shopkit.messages import text
from shopkit.runtime.results import BatchResult

app = group("price")

FitOut = Annotated[
    Path, typer.Option("--out", "-o", metavar="PATH", help=text("price_fit.options.out"))
]


@dataclass(frozen=True, kw_only=True)
class FitOptions(TableOptions):
    """Those of a table command, whose output may be one file, too."""

    out: FitOut


@command(app, "price_fit.fit")
def fit(options: FitOptions, sales: SalesFile = None, catalog: Catalog = None) -> int:
    """Learn from a sales history how many pieces each SKU sells at a price."""
    from shopkit.runtime.logs import open_log

    open_log()
    with TemporaryDirectory() as spool:
        result = _fitted(options, sales, catalog, Path(spool))
    shared = {name: getattr(options, name) for name in ("json", "quiet", "verbose", "fail_on")}
    outcome.report(result, RunOptions(out=options.out, **shared))
    _tell(result)
    return result.exit_code(options.fail_on)


def _fitted(
    options: FitOptions, sales: str | None, catalog: str | None, spool: Path
) -> BatchResult:
    from shopkit.offers.fit_work import FitWork
    from shopkit.runtime.batch import run_one
    from shopkit.runtime.job import Row
    from shopkit.runtime.sources import find_table

    target = options.out if options.out.suffix else options.out / "elasticities.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_session(options.now) as session:
        history = find_table("sales", sales, session.settings)
        console.say(text("price_fit.reads", file=history.told))
        cells = {"sales": str(_on_disk(history.path, spool))}
        if catalog is not None or session.settings.files.get("catalog"):
            cells["catalog"] = str(find_table("catalog", catalog, session.settings).path)
        return run_one(
            FitWork(options.encoding, session.settings.folder),
            Row(1, cells, "arguments"),
            target,
            state=session.state,
            force=options.force,
            baseline=session.baseline(FitWork.command),
            now=session.now,
        )


def _on_disk(path: Path, spool: Path) -> Path:
    """The file; what comes on standard input is kept in one for the run."""
    if str(path) != "-":
        return path
    kept = spool / "stdin.csv"
    kept.write_bytes(sys.stdin.buffer.read())
    return kept


def _tell(result: BatchResult) -> None:
    """The figures of the fit, and how many SKUs have none of their own."""
    for row in result.rows:
        if row.evidence:
            console.say(text("price_fit.done", **row.evidence))
            if row.evidence["not_fitted"]:
                console.say(text("price_fit.not_fitted", **row.evidence))
