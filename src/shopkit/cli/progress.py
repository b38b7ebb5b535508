"""How far a batch is, on stderr: a bar where a person watches, else a line a minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shopkit.cli import console
from shopkit.messages import text

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from shopkit.runtime.batch import OnProgress
    from shopkit.runtime.results import Progress

_EVERY = 60.0  # seconds between two lines
_NONE = {"ok": 0, "review": 0, "failed": 0}


@contextmanager
def shown(command: str) -> Iterator[OnProgress | None]:
    """Yield what the batch runner should call after every row; None where nobody wants it."""
    if not console.talks():
        yield None
    elif console.verbose():
        yield _line_a_row(command)
    elif console.on_terminal(sys.stderr):
        with _bar() as bar:
            yield _moving(bar, command)
    else:
        yield _line_a_minute(command)


def _moving(bar: Bar, command: str) -> OnProgress:
    task = bar.add_task(command, total=None)

    def move(progress: Progress) -> None:
        bar.update(
            task, completed=progress.done, total=progress.total, description=_words(progress)
        )

    return move


def _line_a_row(command: str) -> OnProgress:
    def tell(progress: Progress) -> None:
        console.say(f"{command}: {progress.done}/{progress.total} {progress.last}".rstrip())

    return tell


def _line_a_minute(command: str) -> OnProgress:
    told = [time.monotonic()]

    def tell(progress: Progress) -> None:
        if time.monotonic() - told[0] >= _EVERY:
            told[0] = time.monotonic()
            console.say(f"{command}: {progress.done}/{progress.total} {_words(progress)}")

    return tell


def _words(progress: Progress) -> str:
    return text("app.run.progress", **{**_NONE, **progress.counts})


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
        console=Console(stderr=True, no_color=not console.may_color()),
        transient=True,
    )
