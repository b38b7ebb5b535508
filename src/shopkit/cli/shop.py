"""``shopkit init``, ``doctor``, ``demo``: a shop folder, this machine's health, a first run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shopkit.cli import console
from shopkit.cli.command import command, group
from shopkit.cli.options import Out, TalkOptions
from shopkit.errors import ExitCode
from shopkit.messages import text

app = group("shop")


@command(app, "shop.init")
def init(
    options: TalkOptions,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=text("shop.init.folder"))] = Path(),
) -> int:
    """Make a shop folder."""
    from shopkit.runtime.shop import make_shop

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
def demo(options: TalkOptions, out: Out = Path("demo")) -> int:
    """Run the real jobs on example pictures, offline, and leave a page to look at."""
    from shopkit.image.demo import run_demo
    from shopkit.image.swap_work import SwapWork

    with console.guarded_stdout():
        page = run_demo(out, SwapWork({}))
    if options.json:
        rows = [{"page": str(page)}]
        console.envelope("demo", status="ok", exit_code=ExitCode.OK, rows=rows)
    else:
        console.data(str(page))
    return ExitCode.OK
