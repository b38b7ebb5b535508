"""One run of a command over rows, as the state remembers it."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shopkit.runtime.state import State


@dataclass(frozen=True, slots=True)
class Run:
    """Who works where since when; ``id`` names its scratch folder."""

    command: str
    out: Path
    started: str  # ISO 8601
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)

    def begin(self, state: State) -> None:
        """Write down that the run began."""
        state.write(
            "INSERT INTO runs (id, command, out, pid, host, started) VALUES (?,?,?,?,?,?)",
            (self.id, self.command, state.name(self.out), self.pid, self.host, self.started),
        )

    def end(self, state: State, ended: str, seconds: float, counts: Mapping[str, int]) -> None:
        """Write down how the run ended ("done", "stopped")."""
        state.write(
            "UPDATE runs SET ended = ?, seconds = ?, counts = ? WHERE id = ?",
            (ended, round(seconds, 3), json.dumps(dict(counts)), self.id),
        )
