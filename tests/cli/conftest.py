"""The program as a test calls it: in this process, or as a process of its own."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shopkit import messages
from shopkit.cli import console
from shopkit.cli.app import main
from shopkit.cli.options import TalkOptions


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def envelope(self) -> dict[str, Any]:
        """Stdout as the one JSON document that it must be."""
        return json.loads(self.out)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shop folder to work in; state and log stay inside."""
    (tmp_path / "shopkit.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "log"))
    logging.getLogger("shopkit").handlers.clear()  # the last test's log file
    return tmp_path


@pytest.fixture
def shopkit(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ended]]:
    """Run ``shopkit`` in this process: ``shopkit("review", "list")``."""

    def run(*words: str) -> Ended:
        capsys.readouterr()
        code = main(words)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    monkeypatch.setenv("NO_COLOR", "")  # --no-color sets it: put back afterwards
    yield run
    messages.set_language("en")
    console.settle(TalkOptions())


@pytest.fixture
def program(shop: Path) -> Callable[..., Ended]:
    """Run ``shopkit`` as a process of its own, with more environment as keywords."""

    def run(*words: str, **environment: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "shopkit", *words],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run
