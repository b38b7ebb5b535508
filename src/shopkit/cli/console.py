"""The only writer: data to stdout by plain print, everything that talks to stderr."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from shopkit.cli.options import TalkOptions

if TYPE_CHECKING:
    from rich.console import RenderableType

_NARROWEST, _PIPED = 40, 80


@dataclass
class _Manner:
    """How this process talks; set once by the command line."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool = True
    command: str = ""


_manner = _Manner()


def settle(options: TalkOptions) -> None:
    """Talk as the command line asks from here on."""
    _manner.json, _manner.quiet, _manner.verbose = options.json, options.quiet, options.verbose
    _manner.color = not options.no_color


def prepare_streams() -> None:
    """Make piped text UTF-8, and no character a crash on a terminal of another encoding."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:  # closed by the caller, as in ``shopkit ... >&-``
            setattr(sys, name, _nowhere(descriptor))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a test's StringIO has none
        if reconfigure is not None and not stream.isatty():
            reconfigure(encoding="utf-8")
        elif reconfigure is not None:
            reconfigure(errors="backslashreplace")


def data(line: str) -> None:
    """Print one line of data to stdout, as it is: never wrapped, never coloured."""
    _write(sys.stdout, line)


def say(line: str) -> None:
    """Tell something useful on stderr; ``--quiet`` and ``--json`` silence it."""
    if talks():
        _write(sys.stderr, line)


def complain(line: str) -> None:
    """Tell on stderr what went wrong, however quiet."""
    _write(sys.stderr, line)


def talks() -> bool:
    """Whether stderr may tell how things go (neither ``--quiet`` nor ``--json``)."""
    return not (_manner.quiet or _manner.json)


def verbose() -> bool:
    """Whether ``--verbose`` asks for more."""
    return _manner.verbose


def remember_command(name: str) -> None:
    """Keep the command called ("image swap") for what is told of this run."""
    _manner.command = name


def command_name() -> str:
    """The command at work ("image swap"); empty before one was understood."""
    return _manner.command


def as_json() -> bool:
    """Whether stdout is one JSON envelope."""
    return _manner.json


def envelope(
    command: str,
    *,
    status: str,
    exit_code: int,
    summary: Mapping[str, object] | None = None,
    rows: Iterable[Mapping[str, object]] = (),
    errors: Sequence[Mapping[str, object]] = (),
) -> None:
    """Print the one JSON document of ``--json`` to stdout."""
    document = {
        "shopkit": 1,
        "command": command,
        "status": status,
        "exit_code": int(exit_code),
        "summary": _finite(summary or {}),
        "rows": [_finite(row) for row in rows],
        "errors": [_finite(error) for error in errors],
    }
    data(json.dumps(document, ensure_ascii=False, default=str, allow_nan=False))


@contextmanager
def guarded_stdout() -> Iterator[None]:
    """Send to stderr what others print meanwhile: engines talk, and stdout is data."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)  # native code and workers write to the descriptor, not to sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(ours, 1)
        os.close(ours)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as CSV to stdout, for the next program in the pipe."""
    import csv
    import io

    for row in [header, *rows]:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(row)
        data(line.getvalue())


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Draw a table on the terminal, folded into its width."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    grid = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for column in grid.columns:
        column.overflow = "fold"
    if header:  # ids are copied from the first column: they stay whole up to half the width
        longest = max(map(cell_len, (str(row[0]) for row in rows)), default=0)
        grid.columns[0].min_width = min(longest, _width() // 2)
    for row in rows:
        grid.add_row(*(Text(str(cell)) for cell in row))
    data(drawn(grid).rstrip("\n"))


def drawn(renderable: RenderableType, *, widest: int = 200) -> str:
    """Return what rich makes of ``renderable`` for stdout: coloured only on a willing terminal."""
    import io

    from rich.console import Console

    colored = on_terminal(sys.stdout) and may_color()
    sketch = Console(
        file=io.StringIO(),
        width=min(_width(), widest),
        force_terminal=colored,
        no_color=not colored,
        highlight=False,
    )
    with sketch.capture() as captured:
        sketch.print(renderable, crop=False)
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))


def on_terminal(stream: TextIO) -> bool:
    """Whether a person looks at ``stream`` on something that can draw."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def may_color() -> bool:
    """Whether colour is welcome: no ``--no-color``, no NO_COLOR (no-color.org)."""
    return _manner.color and not os.environ.get("NO_COLOR")


def finish() -> None:
    """Flush both streams; a reader that has gone is no fault of ours."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            _close_quietly(stream)


def _finite(values: Mapping[str, object]) -> dict[str, object]:
    """JSON knows neither NaN nor infinity: a figure that is none is null."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }


def _width() -> int:
    if not on_terminal(sys.stdout):
        return _PIPED
    return max(_NARROWEST, shutil.get_terminal_size().columns)


def _write(stream: TextIO, line: str) -> None:
    try:
        print(line, file=stream, flush=True)
    except BrokenPipeError:
        _close_quietly(stream)


def _nowhere(descriptor: int) -> TextIO:
    """A stream for what nobody hears; its descriptor is taken, so that no file of ours gets it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    return open(descriptor, "w", encoding="utf-8", closefd=False)


def _close_quietly(stream: TextIO) -> None:
    """Send the rest to nowhere: the reader has closed its end (``shopkit ... | head``)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
