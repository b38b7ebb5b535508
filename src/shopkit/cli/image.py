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
models = group("image.models")
app.add_typer(models, name="models")

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

Remove = Annotated[
    str | None, typer.Option("--remove", metavar="MODEL", help=text("image.options.remove"))
]

Photos = Annotated[
    list[str] | None, typer.Argument(metavar="PRODUCT...", help=text("image.options.photos"))
]
CutoutEngine = Annotated[
    Literal["auto", "local", "rembg"] | None,
    typer.Option("--engine", help=text("image.options.matting")),
]
ModelPath = Annotated[
    str | None, typer.Option("--model-path", metavar="FILE", help=text("image.options.model_path"))
]
Place = Annotated[
    str | None, typer.Option("--box", metavar="X,Y,W,H", help=text("image.options.place"))
]
Background = Annotated[
    str | None,
    typer.Option("--background", metavar="COLOR", help=text("image.options.background")),
]
Shadow = Annotated[
    Literal["none", "contact"] | None, typer.Option("--shadow", help=text("image.options.shadow"))
]
Margin = Annotated[
    str | None, typer.Option("--margin", metavar="8%", help=text("image.options.margin"))
]
Crop = Annotated[bool, typer.Option("--crop", help=text("image.options.crop"))]
Size = Annotated[
    str | None, typer.Option("--size", metavar="800x1000", help=text("image.options.size"))
]
ModelName = Annotated[str, typer.Argument(metavar="NAME", help=text("image.options.model"))]


@command(app, "image.cutout")
def cutout(
    options: RunOptions,
    products: Photos = None,
    engine: CutoutEngine = None,
    model: Model = None,
    model_path: ModelPath = None,
    box: Place = None,
    background: Background = None,
    shadow: Shadow = None,
    margin: Margin = None,
    crop: Crop = False,
    size: Size = None,
) -> int:
    """Cut products out of their photos."""
    from shopkit.cli.run import rows_of, run_and_report
    from shopkit.image.cutout_work import ALIASES, CutoutWork
    from shopkit.runtime.settings import load_settings

    rows = rows_of(
        options,
        [{"product": one} for one in products or []],
        aliases=ALIASES,
        required=("product",),
    )
    defaults = {
        "engine": engine or load_settings().cutout,
        "model": model or "",
        "model_path": model_path or "",
        "box": box or "",
        "background": background or "",
        "shadow": shadow or "",
        "margin": margin or "",
        "crop": "yes" if crop else "",
        "size": size or "",
    }
    work = CutoutWork(defaults, Path(options.batch) if options.batch else None)
    work.check()
    return run_and_report(work, rows, options)


@command(models, "image.models.list")
def list_models(options: TalkOptions) -> int:
    """List the cut-out models, their licences, and which are here."""
    from shopkit.image.models import list_models as known

    rows = [one.told() for one in known()]
    if options.json:
        console.envelope("image models list", status="ok", exit_code=ExitCode.OK, rows=rows)
        return ExitCode.OK
    console.csv_lines(list(rows[0]), ([row[name] for name in row] for row in rows))
    return ExitCode.OK


@command(models, "image.models.get")
def get_model(options: TalkOptions, name: ModelName) -> int:
    """Fetch a model."""
    from shopkit.image.models import get_model as fetch
    from shopkit.image.models import known_model

    model = known_model(name)
    console.say(text("image.models.facts", **model.told()))
    with console.guarded_stdout():
        there = fetch(name)
    change = "kept" if model.path == there.path else "made"
    if options.json:
        rows = [{**there.told(), "change": change}]
        console.envelope("image models get", status="ok", exit_code=ExitCode.OK, rows=rows)
    else:
        console.say(text(f"image.models.{change}"))
        console.data(str(there.path))
    return ExitCode.OK


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
    remove: Remove = None,
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
        "remove": remove or "",
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
