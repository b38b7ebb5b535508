"""What a command opens before it works: the settings, the state file and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopkit.errors import UsageFault

if TYPE_CHECKING:
    from shopkit.cli.options import TableOptions
    from shopkit.runtime.publish import Publication
    from shopkit.runtime.settings import Baseline, Settings
    from shopkit.runtime.state import State


@dataclass(frozen=True)
class Session:
    """``now`` is the time of ``--now``, else the clock's, in the shop's time zone."""

    settings: Settings
    state: State
    now: datetime

    def baseline(self, task: str) -> Baseline | None:
        """Minutes of a task by hand ("image swap", "review"), if the shop has told them."""
        return self.settings.baselines.get(task.replace(" ", "_"))

    def publishing(
        self, command: str, options: TableOptions
    ) -> AbstractContextManager[Publication]:
        """Where a command's files are written, as its options say."""
        from shopkit.runtime.publish import publishing

        return publishing(
            command,
            options.out,
            state=self.state,
            now=self.now,
            baseline=self.baseline(command),
            force=options.force,
        )


@contextmanager
def open_session(
    now: str | None = None, options: Mapping[str, str | int | float | None] | None = None
) -> Iterator[Session]:
    """Open all three; ``options`` are settings as given on the command line.

    Raises UsageFault for wrong settings, an unreadable time or a state that cannot be used.
    """
    from shopkit.runtime.settings import load_settings
    from shopkit.runtime.state import State

    settings = load_settings(options)
    moment = read_time(now, settings.time_zone)
    with State(settings.state_path) as state:
        yield Session(settings, state, moment)


def read_time(now: str | None, time_zone: str) -> datetime:
    """Return the time that ``--now`` names, or the present one, in ``time_zone``.

    Raises UsageFault for what is not ISO 8601 and for a zone that is not known.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageFault("time_zone_unknown", value=time_zone) from None
    if now is None:
        return datetime.now(zone)
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise UsageFault("time_unreadable", value=now) from None
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
