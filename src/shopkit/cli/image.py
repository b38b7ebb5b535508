"""``shopkit image``: cut products out, swap them into scenes, look at what came out.

A command here is a shell: it takes the options, loads its feature inside its body and hands over.

    @command(app, "image.cutout")
    def cutout(options: RunOptions, products: Products = None, engine: Engine = "auto") -> int:
        from shopkit.cli.run import rows_of, run_and_report
        from shopkit.image.cutout_work import ALIASES, CutoutWork

        rows = rows_of(options, [{"product": str(p)} for p in products or []], aliases=ALIASES)
        return run_and_report(CutoutWork(engine=engine), rows, options)

Its words stand in ``data/messages/*/image.toml`` under ``[cutout]`` (``help``, ``examples``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopkit.cli import console
from shopkit.cli.command import command, group
from shopkit.cli.options import TalkOptions
from shopkit.errors import ExitCode
from shopkit.messages import text

app = group("image")

RunFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help=text("image.options.run_folder"))]
Page = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="PAGE", help=text("image.options.page"))
]


@command(app, "image.sheet")
def sheet(options: TalkOptions, folder: RunFolder, out: Page = None) -> int:
    """Write the contact sheet of a run."""
    from shopkit.cli.session import open_session
    from shopkit.image.sheet import make_sheet
    from shopkit.runtime.review import entries

    with open_session() as session:
        made = make_sheet(folder, out, entries(session.state, every=True))
    if options.json:
        summary = {"page": str(made.path), "rows": made.rows, "pictures": made.pictures}
        console.envelope("image sheet", status="ok", exit_code=ExitCode.OK, summary=summary)
    else:
        console.data(str(made.path))
        console.say(text("image.sheet.made", rows=made.rows))
    return ExitCode.OK
