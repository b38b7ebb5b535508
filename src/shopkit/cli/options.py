"""The options that commands share: one way to spell each, one place for its help."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from shopkit.messages import text

FailOnChoice = Literal["failed", "review", "never"]
Language = Literal["en", "zh"]
_SHARED = text("app.panel.shared")

Out = Annotated[Path, typer.Option("--out", "-o", metavar="PATH", help=text("app.options.out"))]
OutFolder = Annotated[
    Path, typer.Option("--out", "-o", metavar="FOLDER", help=text("app.options.out_folder"))
]
BatchFile = Annotated[
    str | None, typer.Option("--batch", metavar="FILE", help=text("app.options.batch"))
]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help=text("app.options.profile"))
]
Catalog = Annotated[
    str | None, typer.Option("--catalog", metavar="FILE", help=text("app.options.catalog"))
]
OffersFile = Annotated[
    str | None, typer.Option("--offers", metavar="FILE", help=text("app.options.offers"))
]
OrdersFile = Annotated[
    str | None, typer.Option("--orders", metavar="FILE", help=text("app.options.orders"))
]
HistoryFile = Annotated[
    str | None, typer.Option("--history", metavar="FILE", help=text("app.options.history"))
]
SalesFile = Annotated[
    str | None, typer.Option("--sales", metavar="FILE", help=text("app.options.sales"))
]
RivalsFile = Annotated[
    str | None, typer.Option("--rivals", metavar="FILE", help=text("app.options.rivals"))
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, metavar="N", help=text("app.options.jobs"), rich_help_panel=_SHARED
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help=text("app.options.force"), rich_help_panel=_SHARED)
]
RetryFailed = Annotated[
    bool,
    typer.Option("--retry-failed", help=text("app.options.retry_failed"), rich_help_panel=_SHARED),
]
FailOn = Annotated[
    FailOnChoice,
    typer.Option("--fail-on", help=text("app.options.fail_on"), rich_help_panel=_SHARED),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help=text("app.options.encoding"), rich_help_panel=_SHARED
    ),
]
Now = Annotated[
    str | None,
    typer.Option("--now", metavar="ISO", help=text("app.options.now"), rich_help_panel=_SHARED),
]
Json = Annotated[
    bool, typer.Option("--json", help=text("app.options.json"), rich_help_panel=_SHARED)
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help=text("app.options.quiet"), rich_help_panel=_SHARED)
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help=text("app.options.verbose"), rich_help_panel=_SHARED)
]
Lang = Annotated[
    Language | None,
    typer.Option("--lang", help=text("app.options.lang"), rich_help_panel=_SHARED),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help=text("app.options.no_color"), rich_help_panel=_SHARED)
]


@dataclass(frozen=True, kw_only=True)
class TalkOptions:
    """How a command talks: every command takes these."""

    json: Json = False
    quiet: Quiet = False
    verbose: Verbose = False
    lang: Lang = None
    no_color: NoColor = False


@dataclass(frozen=True, kw_only=True)
class TableOptions(TalkOptions):
    """What every command takes that turns whole tables into a few files."""

    out: OutFolder
    force: Force = False
    fail_on: FailOn = "failed"
    encoding: Encoding = None
    now: Now = None


@dataclass(frozen=True, kw_only=True)
class RunOptions(TalkOptions):
    """What every command that works on items takes, one item or a batch."""

    out: Out
    batch: BatchFile = None
    jobs: Jobs = None
    force: Force = False
    retry_failed: RetryFailed = False
    fail_on: FailOn = "failed"
    encoding: Encoding = None
    now: Now = None
