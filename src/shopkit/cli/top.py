"""The top level of ``shopkit``: its names, each loaded only when it is called."""

from __future__ import annotations

from typing import Annotated, ClassVar

import typer
from typer.core import TyperGroup

from shopkit import __version__
from shopkit.cli import console
from shopkit.cli.command import LazyGroup, built, show_help_if_bare, stand_in
from shopkit.cli.options import Lang, NoColor
from shopkit.messages import text

ENTRIES = {
    "image": "shopkit.cli.image",
    "coupon": "shopkit.cli.coupon",
    "promo": "shopkit.cli.promo",
    "price": "shopkit.cli.price",
    "campaign": "shopkit.cli.campaign",
    "review": "shopkit.cli.review",
    "init": "shopkit.cli.shop:init",
    "doctor": "shopkit.cli.shop:doctor",
    "demo": "shopkit.cli.shop:demo",
}


class _Top(LazyGroup):
    """Knows where the commands of this program live."""

    entries: ClassVar[dict[str, str]] = ENTRIES


def command() -> TyperGroup:
    """Return the command ``shopkit``; a stand-in for every name knows its one line of help."""
    app = typer.Typer(
        cls=_Top,
        help=text("app.help"),
        epilog=text("app.examples"),
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_own_options)
    for name in ENTRIES:
        stand_in(app, name, text(f"app.commands.{name}"))
    return built(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        console.data(f"shopkit {__version__}")
        raise typer.Exit


def _own_options(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help=text("app.options.version"),
            rich_help_panel=text("app.panel.shared"),
        ),
    ] = False,
    lang: Lang = None,
    no_color: NoColor = False,
) -> None:
    """Take what may stand before a command; app.py has looked at it already."""
    show_help_if_bare(ctx)
