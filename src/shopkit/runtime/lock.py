"""One run at a time on an output folder, and the sweep of what dead runs left there."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shopkit.errors import InputRefused, Locked
from shopkit.runtime.files import SCRATCH
from shopkit.runtime.runs import Run


@contextmanager
def hold(run: Run, file: str = "") -> Iterator[Path]:
    """Lock the run's output folder (or one ``file`` in it); yield a scratch folder inside it.

    Raises Locked, saying who works there, and InputRefused where the folder cannot be written.
    """
    import filelock

    part = hashlib.sha256(file.encode()).hexdigest()[:8] if file else "run"
    guard = run.out / f"{SCRATCH}{part}.lock"
    lock = filelock.FileLock(guard, timeout=0)
    try:
        run.out.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise Locked("out_locked", path=run.out, **_holder(run.out, part)) from None
    except (FileExistsError, NotADirectoryError):
        raise InputRefused("out_not_folder", path=run.out) from None
    except OSError as error:
        raise InputRefused("out_not_writable", path=run.out, error=error.strerror) from None
    try:
        yield from _scratch(run, part)
    finally:
        with suppress(OSError):  # filelock looks at the inode, so a waiting run makes its own
            guard.unlink()
        lock.release()


def _scratch(run: Run, part: str) -> Iterator[Path]:
    """Sweep dead runs' scratch folders (we hold the lock), make ours, take it away in the end."""
    _sweep(run.out, part)
    scratch = run.out / f"{SCRATCH}{part}-{run.id}"
    try:
        scratch.mkdir()
        who = {"pid": run.pid, "host": run.host, "since": run.started}
        (scratch / "run.json").write_text(json.dumps(who), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise InputRefused("out_not_writable", path=run.out, error=error.strerror) from None
    try:
        yield scratch
    finally:
        _sweep(run.out, part)  # all of them: a dying worker may have written after the first sweep


def _sweep(out: Path, part: str) -> None:
    for folder in out.glob(f"{SCRATCH}{part}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _holder(out: Path, part: str) -> dict[str, object]:
    """Who holds the lock, as far as their scratch folder tells."""
    for note in out.glob(f"{SCRATCH}{part}-*/run.json"):
        with suppress(OSError, ValueError):
            told = json.loads(note.read_text(encoding="utf-8"))
            return {key: told[key] for key in ("pid", "host", "since")}
    return {"pid": "?", "host": "?", "since": "?"}
