"""The page of help of a command: words from the catalogues, wrapped by what a screen shows.

Typer's own pages cut a Chinese sentence off where its column ends, because it has no spaces to
break at, and speak English around it; so the layout is done here, in one rich grid a section.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from shopkit.cli import console
from shopkit.messages import language, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

Param = TyperArgument | TyperOption
Rows = list[tuple[str, str]]
_TYPERS_OWN = ("help", "install_completion", "show_completion")
_WIDEST = 100
_INDENT = (0, 0, 0, 2)


def page(command: TyperCommand | TyperGroup, ctx: Context) -> str:
    """Return the help of a typer command or group, with colour where the screen takes it."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = [
        _usage(command, ctx),
        "",
        Padding(Text(_unwrapped(command.help)), _INDENT),
    ]
    for title, rows in _sections(command, ctx):
        parts += ["", Text(title, style="bold"), Padding(_grid(rows), _INDENT)]
    if command.epilog:
        heading = Text(text("app.panel.examples"), style="bold")
        parts += ["", heading, _examples(command.epilog)]
    return console.drawn(Group(*parts), widest=_WIDEST)


def _examples(lines: str) -> Text:
    """Lines to copy: never broken, however long."""
    from rich.text import Text

    indented = "\n".join(f"  {line}" for line in lines.split("\n"))
    return Text(indented, no_wrap=True, overflow="ignore")


def _usage(command: TyperCommand | TyperGroup, ctx: Context) -> Text:
    from rich.text import Text

    pieces = " ".join(_pieces(command, ctx))
    return Text(f"{text('app.panel.usage')} {ctx.command_path} {pieces}")


def _unwrapped(words: str | None) -> str:
    """Join the lines of each paragraph; Chinese lines without a space between them."""
    glue = "" if language() == "zh" else " "
    return "\n\n".join(glue.join(part.split("\n")) for part in (words or "").split("\n\n"))


def _pieces(command: TyperCommand | TyperGroup, ctx: Context) -> Iterator[str]:
    for param in _params(command, ctx):
        name = _name(param)
        if param.param_type_name == "argument":
            yield name if param.required else f"[{name}]"
        elif param.required:
            yield f"{min(param.opts, key=len)} {name}"
    yield text("app.panel.options_place")
    if _commands(command):
        yield text("app.panel.command_place")


def _sections(command: TyperCommand | TyperGroup, ctx: Context) -> Iterator[tuple[str, Rows]]:
    if _commands(command):
        rows = [(c.name or "", _unwrapped(c.help).partition("\n")[0]) for c in _commands(command)]
        yield text("app.panel.commands"), rows
    sections: dict[str, Rows] = {}
    for param in _params(command, ctx):
        if not param.hidden:
            sections.setdefault(_panel(param), []).append((_spelling(param), _words(param, ctx)))
    shared = text("app.panel.shared")
    yield from sorted(sections.items(), key=lambda section: section[0] == shared)  # it comes last


def _commands(command: TyperCommand | TyperGroup) -> list[TyperCommand]:
    commands = getattr(command, "commands", {})
    return cast(list[TyperCommand], list(commands.values()))


def _params(command: TyperCommand | TyperGroup, ctx: Context) -> list[Param]:
    return [cast(Param, param) for param in command.get_params(ctx)]


def _panel(param: Param) -> str:
    if param.name in _TYPERS_OWN:
        return text("app.panel.shared")
    if param.param_type_name == "argument":
        return param.rich_help_panel or text("app.panel.arguments")
    return param.rich_help_panel or text("app.panel.options")


def _spelling(param: Param) -> str:
    if param.param_type_name == "argument":
        return _name(param)
    names = ", ".join(sorted([*param.opts, *param.secondary_opts], key=len))
    return names if isinstance(param, TyperOption) and param.is_flag else f"{names} {_name(param)}"


def _name(param: Param) -> str:
    """What stands for the value: the metavar given, else the choices, else the name in capitals."""
    choices = "|".join(str(choice) for choice in param.type_descriptor.choices or ())
    name = param.metavar or choices or param.name.upper()
    return f"{name}..." if param.nargs == -1 and not name.endswith("...") else name


def _words(param: Param, ctx: Context) -> str:
    """Return the help of a parameter, with what holds when it is not given."""
    words = text(f"app.options.{param.name}") if param.name in _TYPERS_OWN else param.help or ""
    default = param.get_default(ctx, call=False)
    if param.required:
        return f"{words} ({text('app.panel.required')})"
    if default in (None, False, (), "") or param.default is None or not param.show_default:
        return words
    return f"{words} ({text('app.panel.default', value=default)})"


def _grid(rows: Rows) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 0, 0, 2))
    grid.add_column(overflow="fold", max_width=34)
    grid.add_column(overflow="fold", ratio=1)
    for spelling, words in rows:
        grid.add_row(Text(spelling), Text(words))
    return grid
