"""Files that appear whole or not at all: written beside their place, synced, then moved in."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SCRATCH = ".shopkit-"


@contextmanager
def replacing(path: Path, scratch: Path | None = None) -> Iterator[Path]:
    """Yield a scratch path to write; when the block ends well, it takes the place of ``path``.

    ``scratch`` is a folder on the same file system (default: beside ``path``). Whatever fails,
    ``path`` keeps its old content and the scratch file goes.
    """
    folder = path.parent if scratch is None else scratch
    written = folder / f"{SCRATCH}{secrets.token_hex(4)}{path.suffix}"
    try:
        yield written
        sync(written)
        written.replace(path)
    finally:
        with suppress(FileNotFoundError):
            written.unlink()


def write_bytes(path: Path, content: bytes, scratch: Path | None = None) -> None:
    """Write a file whole or not at all."""
    with replacing(path, scratch) as written:
        written.write_bytes(content)


def sync(path: Path) -> None:
    """Have the file's content on the disk before its name is."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sha256(path: Path) -> str:
    """The file's content as a hexadecimal SHA-256."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
