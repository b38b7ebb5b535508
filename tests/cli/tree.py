"""All commands of the program, and whether a line that calls one would be understood."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from shopkit.cli import app, command, top


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, groups too: ("image cutout", <command>)."""
    for name, entry in top.ENTRIES.items():
        yield from _below(name, command.load(entry))


def _below(name: str, found: Any) -> Iterator[tuple[str, Any]]:
    yield name, found
    entries = getattr(found, "entries", {})
    for inner, one in getattr(found, "commands", {}).items():
        real = command.load(entries[inner]) if inner in entries else one
        yield from _below(f"{name} {inner}", real)


def refusal(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the parser has against ``shopkit ...``; nothing if it understands. Runs no command."""
    load = command.load

    def harmless(entry: str) -> Any:
        found = load(entry)
        for _, one in _below("", found):
            one.callback = lambda **_values: 0
        return found

    with monkeypatch.context() as patched:
        patched.setattr(command, "load", harmless)
        words = shlex.split(line, comments=True)
        assert words[0] == "shopkit"
        capsys.readouterr()
        code = app.main(words[1:])
        return capsys.readouterr().err if code else ""


def help_of(found: Any, name: str) -> str:
    """The page that ``--help`` prints."""
    with found.make_context(f"shopkit {name}", [], resilient_parsing=True) as ctx:
        return str(ctx.get_help())


COMMANDS = dict(commands())
