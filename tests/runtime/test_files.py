"""Files that appear whole or not at all, and hashes that are not taken twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shopkit.runtime import hashes
from shopkit.runtime.files import replacing, sha256, write_bytes
from shopkit.runtime.hashes import Hashes
from shopkit.runtime.state import State


def test_a_file_takes_its_place_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with replacing(path) as scratch:
        assert scratch.parent == path.parent
        assert scratch.suffix == ".png"
        scratch.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_fault_leaves_the_old_file_and_no_scratch(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="half"), replacing(path) as scratch:
        scratch.write_bytes(b"ne")
        raise ValueError("half written")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_bytes(tmp_path / "folder", b"over a folder", scratch=tmp_path)
    (tmp_path / "folder").rmdir()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.db")


def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files whose content is read from now on."""
    names: list[str] = []
    monkeypatch.setattr(hashes, "sha256", lambda path: names.append(path.name) or sha256(path))
    return names


def test_an_unchanged_file_is_read_once(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    os.utime(path, (1e9, 1e9))
    names = read_files(monkeypatch)
    for _ in range(2):
        fresh = Hashes(state)
        fresh.load([path])
        assert fresh.of(path) == sha256(path)
        fresh.save()
    assert names == ["a"]


@pytest.mark.parametrize("change", ["content", "time", "inode"])
def test_a_changed_file_is_read_again(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    os.utime(path, (1e9, 1e9))
    known = Hashes(state)
    known.of(path)
    names = read_files(monkeypatch)
    if change == "inode":
        (tmp_path / "b").write_bytes(b"xyz")
        (tmp_path / "b").replace(path)
    else:
        path.write_bytes(b"xyz!" if change == "content" else b"xyz")
    os.utime(path, (1e9, 2e9 if change == "time" else 1e9))
    assert known.of(path) == sha256(path)
    assert names == ["a"]


def test_a_file_changed_this_moment_is_not_trusted_yet(tmp_path: Path, state: State) -> None:
    """Within one tick of the file system's clock a second change would look like none."""
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    stamp = path.stat().st_mtime_ns
    known = Hashes(state)
    known.of(path)
    path.write_bytes(b"xyz")
    os.utime(path, ns=(stamp, stamp))
    assert known.of(path) == sha256(path)
