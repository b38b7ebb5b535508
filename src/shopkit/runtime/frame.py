"""Typed records as a DataFrame, in a form that is read back as the same records."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shopkit.runtime.casts import Value
from shopkit.runtime.schema import Cast
from shopkit.values import WHOLE

if TYPE_CHECKING:
    import pandas as pd

    from shopkit.runtime.typed import Loaded

_WHOLE_NUMBERS = ("count", "duration")


def frame_of(loaded: Loaded) -> pd.DataFrame:
    """A column for each column of the file; money in major units, shares as in 0.123."""
    import pandas as pd

    columns = loaded.binding.schema.columns if loaded.binding else {}
    frame = {}
    for name in loaded.columns:
        if name in columns:
            cells = [_figure(record.values[name], columns[name].cast) for record in loaded.records]
            frame[name] = pd.Series(cells, dtype=_kind(columns[name].cast))
        else:
            frame[name] = pd.Series([record.extra[name] for record in loaded.records], dtype="str")
    return pd.DataFrame(frame)


def _figure(value: Value, cast: Cast) -> Value:
    if not isinstance(value, int) or cast not in ("money", "percent"):
        return value
    return Decimal(value) / (100 if cast == "money" else WHOLE)


def _kind(cast: Cast) -> str:
    if cast in _WHOLE_NUMBERS:
        return "Int64"
    return {"id": "str", "text": "str", "flag": "boolean"}.get(cast, "object")
