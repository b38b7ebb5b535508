"""``shopkit image``: cut products out, swap them into scenes, look at what came out.

A command here is a shell: it takes the options, loads its feature inside its body and hands over.
Its words stand in ``data/messages/*/image.toml`` under ``[cutout]`` (``help``, ``examples``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from shopkit.cli import console
from shopkit.cli.command import command, group
from shopkit.cli.options import Profile, RunOptions, TalkOptions
from shopkit.errors import ExitCode
from shopkit.messages import text

app = group("image")

RunFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help=text("image.options.run_folder"))]
Page = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="PAGE", help=text("image.options.page"))
]
Scene = Annotated[str | None, typer.Argument(metavar="SCENE", help=text("image.options.scene"))]
Products = Annotated[
    list[str] | None, typer.Argument(metavar="PRODUCT...", help=text("image.options.product"))
]
Old = Annotated[
    list[str] | None, typer.Option("--old", metavar="FILE", help=text("image.options.old"))
]
At = Annotated[
    list[str] | None, typer.Option("--box", metavar="X,Y,W,H", help=text("image.options.box"))
]
Point = Annotated[
    list[str] | None, typer.Option("--point", metavar="X,Y", help=text("image.options.point"))
]
MaskFile = Annotated[
    list[str] | None, typer.Option("--mask", metavar="FILE", help=text("image.options.mask"))
]
Template = Annotated[
    str | None, typer.Option("--template", metavar="FILE", help=text("image.options.template"))
]
Color = Annotated[
    Literal["exact", "adapt"] | None, typer.Option("--color", help=text("image.options.color"))
]
Fit = Annotated[
    Literal["contain", "width", "height"] | None,
    typer.Option("--fit", help=text("image.options.fit")),
]
Flip = Annotated[bool, typer.Option("--flip", help=text("image.options.flip"))]
MaxDeltaE = Annotated[
    float | None,
    typer.Option(
        "--max-delta-e", metavar="N", min=0.1, max=99, help=text("image.options.max_delta_e")
    ),
]
SwapEngine = Annotated[
    Literal["local", "openai"] | None,
    typer.Option("--engine", help=text("image.options.swap_engine")),
]
Matting = Annotated[
    Literal["auto", "local", "rembg"] | None,
    typer.Option("--cutout", help=text("image.options.matting")),
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help=text("image.options.model"))
]


@command(app, "image.swap")
def swap(
    options: RunOptions,
    scene: Scene = None,
    products: Products = None,
    old: Old = None,
    box: At = None,
    point: Point = None,
    mask: MaskFile = None,
    template: Template = None,
    color: Color = None,
    max_delta_e: MaxDeltaE = None,
    fit: Fit = None,
    flip: Flip = False,
    engine: SwapEngine = None,
    cutout: Matting = None,
    model: Model = None,
    profile: Profile = None,
) -> int:
    """Put a product where another one is in a photo."""
    from shopkit.cli.run import rows_of, run_and_report
    from shopkit.image.swap_cells import ALIASES, joined
    from shopkit.image.swap_work import SwapWork
    from shopkit.runtime.settings import load_settings

    given = {
        "scene": scene or "",
        "product": joined(products),
        "old": joined(old),
        "box": joined(box),
        "point": joined(point),
        "mask": joined(mask),
    }
    defaults = {
        "template": template or "",
        "color": color or "",
        "max_delta_e": "" if max_delta_e is None else str(max_delta_e),
        "fit": fit or "",
        "flip": "yes" if flip else "",
        "engine": engine or "",
        "cutout": cutout or "",
        "model": model or "",
        "profile": profile or "",
    }
    rows = rows_of(
        options, [given] if scene else [], aliases=ALIASES, required=("scene", "product")
    )
    table = Path(options.batch) if options.batch else None
    work = SwapWork(defaults, load_settings(), table)
    work.check()
    return run_and_report(work, rows, options, pool=work.pool(rows))


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
