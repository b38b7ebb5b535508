"""The state file: made where it lacks, shared by runs, refused in words where it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from shopkit.errors import UsageFault
from shopkit.runtime.migrations import MIGRATIONS
from shopkit.runtime.state import State


def test_made_with_its_folder_and_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "shop/.shopkit/state.db"
    with State(path) as state:
        state.write("INSERT INTO owned VALUES ('a', 'b')")
    with State(path) as state:
        assert state.read("SELECT * FROM owned") == [("a", "b")]
        assert state.read("PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert state.read("PRAGMA journal_mode") == [("wal",)]


def test_names_are_relative_to_the_shop(tmp_path: Path) -> None:
    with State(tmp_path / ".shopkit/state.db") as state:
        assert state.name(tmp_path / "out/a.png") == "out/a.png"
        assert state.name(Path("/elsewhere/a.png")) == "/elsewhere/a.png"
        assert state.path_of("out/a.png") == tmp_path / "out/a.png"
        assert state.path_of("/elsewhere/a.png") == Path("/elsewhere/a.png")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    with State(tmp_path / "state.db") as state:
        with pytest.raises(ValueError, match="half"), state.transaction():
            state.write("INSERT INTO owned VALUES ('a', 'b')")
            raise ValueError("half way")
        assert state.read("SELECT * FROM owned") == []
        with state.transaction(), state.transaction():
            state.write("INSERT INTO owned VALUES ('a', 'b')")
        assert state.read("SELECT * FROM owned") == [("a", "b")]


def test_reads_any_number_of_values(tmp_path: Path) -> None:
    with State(tmp_path / "state.db") as state:
        names = [str(number) for number in range(1201)]
        state.write_many("INSERT INTO owned VALUES (?, 'x')", [(name,) for name in names])
        found = state.read_in("SELECT path FROM owned WHERE path IN", names)
        assert {row[0] for row in found} == set(names)


def test_a_newer_state_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    State(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageFault, match="newer shopkit"):
        State(path)


@pytest.mark.parametrize("what", ["text", "folder", "below a file"])
def test_what_cannot_be_used_is_told(tmp_path: Path, what: str) -> None:
    path = tmp_path / "state.db"
    if what == "folder":
        path.mkdir()
    else:
        path.write_text("this is no database, but long enough to be looked at\n" * 30)
    with pytest.raises(UsageFault, match="cannot be used"):
        State(path / "state.db" if what == "below a file" else path)


def test_many_at_once(tmp_path: Path) -> None:
    """Six processes open a new state in the same moment and write: no write is lost."""
    script = """
import sys
from pathlib import Path
from shopkit.runtime.migrations import MIGRATIONS
from shopkit.runtime.state import State
for number in range(20):
    with State(Path(sys.argv[1])) as state, state.transaction():
        state.write("INSERT INTO owned VALUES (?, ?)", (sys.argv[2], str(number)))
"""
    path = tmp_path / "state.db"
    command = [sys.executable, "-c", script, str(path)]
    started = [subprocess.Popen([*command, str(number)]) for number in range(6)]
    assert [process.wait() for process in started] == [0] * 6
    with State(path) as state:
        assert state.read("SELECT COUNT(*) FROM owned") == [(120,)]
