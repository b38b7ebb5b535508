"""From a command's rows to its results: open, run, tell. Commands that work on items end here.

rows = rows_of(options, [{"scene": str(scene), "product": str(product)}], aliases=ALIASES)
return run_and_report(SwapWork(...), rows, options)
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from shopkit.cli import console, outcome, progress
from shopkit.cli.options import RunOptions
from shopkit.cli.session import Session, open_session
from shopkit.errors import UsageFault
from shopkit.runtime.threads import compute_on_one_thread

if TYPE_CHECKING:
    from shopkit.runtime.executor import Pool
    from shopkit.runtime.job import Row, Work
    from shopkit.runtime.results import BatchResult


def rows_of(
    options: RunOptions,
    given: Sequence[Mapping[str, str]],
    *,
    aliases: Mapping[str, str] | None = None,
    required: Collection[str] = (),
) -> list[Row]:
    """Return the rows of ``--batch``, or one for each set of cells ``given`` as arguments.

    ``aliases`` maps headers met in the wild to option names, ``required`` columns must be there.
    Raises UsageFault where both or neither were given, InputRefused for a table that is refused.
    """
    from shopkit.runtime.job import Row
    from shopkit.runtime.table import read_table

    if options.batch is None:
        if not given:
            raise UsageFault("nothing_given")
        return [Row(number, cells, "arguments") for number, cells in enumerate(given, start=1)]
    if given:
        raise UsageFault("batch_and_arguments")
    table = read_table(options.batch, encoding=options.encoding, aliases=aliases, required=required)
    return table.rows


def run_and_report(
    work: Work, rows: Sequence[Row], options: RunOptions, *, pool: Pool = "processes"
) -> int:
    """Work on ``rows`` into ``options.out``, show how far it is, print the results.

    ``--out`` with a suffix is the one output file of one row given as arguments; anything else is
    a folder. Returns the exit code.
    """
    from shopkit.runtime.logs import open_log

    open_log()
    with open_session(options.now, {"jobs": options.jobs}) as session, console.guarded_stdout():
        result = _run(work, rows, options, session, pool)
    outcome.report(result, options)
    return result.exit_code(options.fail_on)


def _run(
    work: Work, rows: Sequence[Row], options: RunOptions, session: Session, pool: Pool
) -> BatchResult:
    from shopkit.runtime.batch import run_batch, run_one

    baseline = session.baseline(work.command)
    if _is_file(options):
        if options.batch is not None or len(rows) != 1:
            raise UsageFault("out_must_be_folder", path=options.out)
        return run_one(
            work,
            rows[0],
            options.out,
            state=session.state,
            force=options.force,
            baseline=baseline,
            now=session.now,
        )
    jobs = session.settings.jobs or os.cpu_count() or 1
    if jobs == 1:
        compute_on_one_thread()  # as each of several workers does
    with progress.shown(work.command) as on_progress:
        return run_batch(
            work,
            rows,
            options.out,
            state=session.state,
            jobs=jobs,
            pool=pool,
            force=options.force,
            retry_failed=options.retry_failed,
            baseline=baseline,
            now=session.now,
            on_progress=on_progress,
        )


def _is_file(options: RunOptions) -> bool:
    return bool(options.out.suffix) and not options.out.is_dir()
