"""Content hashes that are taken once: a file whose size, time and inode stand is not read again."""

from __future__ import annotations

import errno
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from shopkit.runtime.files import sha256
from shopkit.runtime.state import State

_TICK_NS = 50_000_000  # a file changed this lately could change again within one tick of its clock


class Stamp(NamedTuple):
    """What the folder says of a file; equal stamps mean equal content."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp now. Raises OSError where there is no file, or none that has an end."""
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a file")  # a pipe or device could be read for ever
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


class Hashes:
    """SHA-256 by path, remembered in the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[str, tuple[Stamp, str]] = {}
        self._new: dict[str, tuple[Stamp, str]] = {}

    def load(self, paths: Iterable[Path]) -> None:
        """Fetch what is remembered of these files in few reads."""
        names = sorted({self._state.name(path) for path in paths} - self._known.keys())
        asked = "SELECT path, size, mtime_ns, inode, sha256 FROM hashes WHERE path IN"
        for name, size, mtime_ns, inode, digest in self._state.read_in(asked, names):
            self._known[name] = (Stamp(size, mtime_ns, inode), digest)

    def of(self, path: Path) -> str:
        """The file's SHA-256. Raises OSError where it cannot be read."""
        name = self._state.name(path)
        stamp = Stamp.of(path)
        known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        digest = sha256(path)
        if Stamp.of(path) == stamp and time.time_ns() - stamp.mtime_ns > _TICK_NS:
            self._learn(name, stamp, digest)
        return digest

    def placed(self, path: Path, digest: str) -> None:
        """Remember a file that shopkit itself has just put there."""
        self._learn(self._state.name(path), Stamp.of(path), digest)

    def save(self) -> None:
        """Write what was learned, in one transaction."""
        rows = [(name, *stamp, digest) for name, (stamp, digest) in self._new.items()]
        if rows:
            with self._state.transaction():
                self._state.write_many("INSERT OR REPLACE INTO hashes VALUES (?,?,?,?,?)", rows)
        self._new.clear()

    def _learn(self, name: str, stamp: Stamp, digest: str) -> None:
        self._known[name] = self._new[name] = (stamp, digest)
