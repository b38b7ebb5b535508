"""How a plain function becomes a command: catalogue texts, shared options, a page of help."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, ClassVar, cast, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from shopkit.cli import console
from shopkit.cli.options import TalkOptions
from shopkit.messages import text

_HELP_NAMES = {"help_option_names": ["-h", "--help"]}


class Command(TyperCommand):
    """A command whose help page is ours (see help.py for why)."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  typer hides the types
        """Write the page of help."""
        from shopkit.cli.help import page

        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """Commands under one name; called bare it shows its help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  typer hides the types
        """Write the page of help."""
        from shopkit.cli.help import page

        formatter.write(page(self, ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  as above
        """Find the command called, and remember it for what is told of this run."""
        found = super().resolve_command(ctx, args)
        console.remember_command(f"{ctx.command_path} {found[0]}".split(maxsplit=1)[1])
        return found


class LazyGroup(Group):
    """A group whose commands' modules are loaded when one is called, not before.

    ``entries`` maps a name to ``module`` (its ``app`` is the group) or ``module:command``.
    """

    entries: ClassVar[dict[str, str]] = {}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  as above
        """Put the real command in the place of its stand-in, then go on as typer does."""
        if args and args[0] in self.entries:
            self.commands[args[0]] = load(self.entries[args[0]])
        return super().resolve_command(ctx, args)


def load(entry: str) -> TyperCommand | TyperGroup:
    """Return the command behind ``module`` or ``module:command``."""
    module, _, name = entry.partition(":")
    app: typer.Typer = importlib.import_module(module).app
    loaded = built(app)
    return cast(TyperCommand, loaded.commands[name]) if name else loaded


def built(app: typer.Typer) -> TyperGroup:
    """Return the group that typer makes of ``app``."""
    return cast(TyperGroup, typer.main.get_command(app))


def group(name: str, kind: type[Group] = Group) -> typer.Typer:
    """Return a new group whose texts are ``<name>.help`` and ``<name>.examples``."""
    app = typer.Typer(
        name=name,
        cls=kind,
        help=text(f"{name}.help"),
        epilog=text(f"{name}.examples"),
        context_settings=_HELP_NAMES,
        rich_markup_mode=None,
        add_completion=False,
    )
    app.callback(invoke_without_command=True)(show_help_if_bare)
    return app


def stand_in(app: typer.Typer, name: str, words: str) -> None:
    """Add to the app of a LazyGroup what stands for a command until it is called: its help."""
    app.command(name, cls=Command, help=words)(_nothing)


def command(app: typer.Typer, key: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add a function to ``app`` as the command named by the last word of ``key``.

    ``key`` is ``image.cutout``: help and examples are ``image.cutout.help`` and ``.examples``.
    The function's parameter ``options`` is spread into the shared options of its class
    (TalkOptions or a child of it). The function returns the exit code.

    >>> @command(app, "image.cutout")
    ... def cutout(products: Products, options: RunOptions) -> int: ...
    """

    def add(function: Callable[..., int]) -> Callable[..., int]:
        app.command(
            name=key.rpartition(".")[2],
            cls=Command,
            help=text(f"{key}.help"),
            epilog=text(f"{key}.examples"),
            context_settings=_HELP_NAMES,
        )(_spread(function))
        return function

    return add


def _spread(function: Callable[..., int]) -> Callable[..., int]:
    """Give ``function`` the fields of its ``options`` as keyword parameters of their own."""
    signature = inspect.signature(function, eval_str=True)
    kind: type[TalkOptions] = signature.parameters["options"].annotation
    own = [p for p in signature.parameters.values() if p.name != "options"]
    shared = _parameters(kind)

    def call(**values: object) -> int:
        given: dict[str, Any] = {p.name: values.pop(p.name) for p in shared}
        options = kind(**given)
        console.settle(options)
        return function(**values, options=options)

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in [*own, *shared]]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    call.__name__, call.__doc__ = function.__name__, function.__doc__
    return call


def _parameters(kind: type[TalkOptions]) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)
    ]


def _nothing() -> None:
    """Be a command that is never run."""


def show_help_if_bare(ctx: typer.Context) -> None:
    """Print the help of a group that was called without a command."""
    if ctx.invoked_subcommand is None:
        console.data(ctx.get_help())
