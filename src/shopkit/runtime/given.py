"""Which file a name in a batch table means."""

from __future__ import annotations

from pathlib import Path


def given_file(name: str | Path, table: Path | None) -> Path:
    """The file ``name`` as seen from the working folder, else the one beside the ``table``.

    Where it is at neither place, it is the one in the working folder that is missing.
    """
    path = Path(name)
    if table is None or path.is_absolute() or path.exists():
        return path
    beside = table.parent / path
    return beside if beside.exists() else path
