"""``shopkit init``, ``doctor``, ``demo``: a shop folder, this machine's health, a first run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopkit.cli import console
from shopkit.cli.command import command, group
from shopkit.cli.options import Encoding, Now, OutFolder, TalkOptions
from shopkit.errors import ExitCode
from shopkit.messages import text

app = group("shop")

Map = Annotated[Path | None, typer.Option("--map", metavar="FILE", help=text("shop.init.map"))]
As = Annotated[str | None, typer.Option("--as", metavar="KIND", help=text("shop.init.as"))]


@command(app, "shop.init")
def init(
    options: TalkOptions,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=text("shop.init.folder"))] = Path(),
    map_: Map = None,
    as_: As = None,
    encoding: Encoding = None,
) -> int:
    """Make a shop folder, or look at one of its files."""
    from shopkit.runtime.shop import make_shop

    if map_ is not None:
        return _map(map_, as_, encoding, options)

    shop = make_shop(folder)
    if options.json:
        rows = [{"path": str(path), "change": "made"} for path in shop.made]
        rows += [{"path": str(path), "change": "kept"} for path in shop.kept]
        console.envelope("init", status="ok", exit_code=ExitCode.OK, rows=rows)
        return ExitCode.OK
    for path in shop.made:
        console.data(str(path))
    for path in shop.kept:
        console.say(text("shop.init.kept", path=path))
    console.say(text("shop.init.next"))
    return ExitCode.OK


def _map(file: Path, kind: str | None, encoding: str | None, options: TalkOptions) -> int:
    """Tell what a file is taken for."""
    from shopkit.runtime.mapping import map_file
    from shopkit.runtime.settings import load_settings

    found = map_file(file, kind=kind, encoding=encoding, shop=load_settings().folder)
    if found.table is None:
        if options.json:
            summary = {"mapping": str(found.file)}
            console.envelope("init", status="review", exit_code=ExitCode.OK, summary=summary)
        else:
            console.data(str(found.file))
            console.say(text("shop.init.fill_in", file=found.file))
        return ExitCode.OK
    table = found.table
    told = {
        "file": str(file),
        "kind": table.kind,
        "rows": table.rows,
        "rejected": table.rejected,
        "totals": table.totals,
        "encoding": table.encoding,
    }
    code = ExitCode.SOME_FAILED if table.rejected else ExitCode.OK
    errors = [
        {"line": one.line, "column": one.column, "value": one.value, "message": str(one.error)}
        for one in found.rejects
    ]
    if options.json:
        rows = found.columns()
        status = "partial" if table.rejected else "ok"
        console.envelope(
            "init", status=status, exit_code=code, summary=told, rows=rows, errors=errors
        )
        return code
    console.csv_lines(("column", "means"), ((r["column"], r["means"]) for r in found.columns()))
    form = table.encoding or text("shop.init.sheet")
    console.say(text("shop.init.mapped", **{**told, "encoding": form}))
    if found.also:
        console.say(text("shop.init.also", kinds=", ".join(found.also)))
    for error in errors[:20]:
        console.complain(str(error["message"]))
    return code


@command(app, "shop.doctor")
def doctor(
    options: TalkOptions,
    online: Annotated[bool, typer.Option("--online", help=text("shop.doctor.online"))] = False,
) -> int:
    """Say what works here, what does not, and how to mend it."""
    from shopkit.cli.checkup import check_all

    checks = list(check_all(online=online))
    broken = [check for check in checks if check.state == "broken"]
    code = ExitCode.MISSING if broken else ExitCode.OK
    if options.json:
        rows = [{"check": c.name, "state": c.state, "found": c.found, "fix": c.fix} for c in checks]
        console.envelope("doctor", status="failed" if broken else "ok", exit_code=code, rows=rows)
        return code
    for check in checks:
        mark = text(f"shop.doctor.{check.state}")
        console.data(f"{mark:<7}  {check.name}: {check.found}")
        if check.fix:
            console.data(f"{'':<7}  -> {check.fix}")
    return code


@command(app, "shop.demo")
def demo(options: TalkOptions, out: OutFolder = Path("demo"), now: Now = None) -> int:
    """Run real jobs on the example shop, offline, and leave pages to look at."""
    from shopkit.cli.session import read_time
    from shopkit.image.demo import run_demo as run_pictures
    from shopkit.image.swap_work import SwapWork
    from shopkit.offers.demo import run_demo as run_prices
    from shopkit.runtime.settings import load_settings

    moment = read_time(now, load_settings().time_zone)
    with console.guarded_stdout():
        pages = [*run_prices(out, now=moment), run_pictures(out, SwapWork({}), now=moment)]
    if options.json:
        rows = [{"page": str(page)} for page in pages]
        console.envelope("demo", status="ok", exit_code=ExitCode.OK, rows=rows)
    else:
        for page in pages:
            console.data(str(page))
        console.say(text("shop.demo.next", out=out))
    return ExitCode.OK
