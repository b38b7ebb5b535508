"""``price fit`` for the batch runner: a sales history in, a table of elasticities out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shopkit.errors import InputRefused
from shopkit.offers.elasticities import COLUMNS, read_elasticities, table_rows
from shopkit.offers.fit import Fit, fit_sales
from shopkit.offers.fit_cells import digest_sales
from shopkit.offers.read_sales import open_sales
from shopkit.runtime.job import Figure, Job, Outcome, Row
from shopkit.runtime.rejects import render_rejects
from shopkit.runtime.table_write import write_table

EVIDENCE: tuple[str, ...] = (
    "skus",
    "fitted",
    "not_fitted",
    "days_used",
    "days_sold_out",
    "days_without_sale_put_in",
    "returns",
    "lines_without_price",
    "rows_refused",
)


@dataclass(frozen=True, slots=True)
class FitWork:
    """Fits the one history that its row names (``sales``, and ``catalog`` for the categories)."""

    encoding: str | None = None
    shop: Path | None = None

    command = "price fit"
    version = "1"
    evidence = EVIDENCE

    def prepare(self, row: Row, out: Path) -> Job:
        """Name the files: the table, and beside it one for rows that could not be read."""
        table = out / row.cells["out"]
        inputs = [Path(row.cells[name]) for name in ("sales", "catalog") if row.cells.get(name)]
        rejects = table.with_name(f"{table.stem}.rejects.csv")
        params = {"encoding": self.encoding or ""}
        return Job(
            table.stem, row.number, tuple(inputs), params, {"out": table, "rejects": rejects}
        )

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        """Read, fit, write. Raises InputRefused where no SKU has a usable day."""
        sales, *catalog = job.inputs
        with open_sales(
            sales,
            encoding=self.encoding,
            shop=self.shop,
            catalog=catalog[0] if catalog else None,
        ) as history:
            digest = digest_sales(history)
        if not digest.days.any():
            raise InputRefused("sales_unusable", file=history.source)
        fit = fit_sales(digest)
        write_table(scratch["out"], COLUMNS, table_rows(fit))
        if not history.rejects:
            return Outcome("ok", evidence=_figures(fit, 0), made=("out",))
        scratch["rejects"].write_bytes(render_rejects(history.rejects))
        first = history.rejects[0]
        values: dict[str, Figure] = {
            "file": history.source,
            "count": history.rejected,
            "line": first.line,
            "column": first.column,
            "value": first.value,
            "rejects": job.outputs["rejects"].name,
        }
        figures = _figures(fit, history.rejected)
        return Outcome("review", "sales_rows_refused", values, figures, made=("out", "rejects"))

    def verify(self, kind: str, path: Path) -> None:
        """Read the table back as the plan will."""
        if kind == "out":
            read_elasticities(path)


def _figures(fit: Fit, refused: int) -> dict[str, Figure]:
    silent = Counter(bool(reason) for reason in fit.demand.reason)
    figures = (
        len(fit.demand.skus),
        silent[False],
        silent[True],
        int(fit.days.sum()),
        fit.dropped.get("sold_out", 0),
        fit.dropped.get("quiet_days", 0),
        fit.dropped.get("returns", 0),
        fit.dropped.get("no_price", 0),
        refused,
    )
    return dict(zip(EVIDENCE, figures, strict=True))
