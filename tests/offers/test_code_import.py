"""A list of codes in use: read from what people have, with duplicates and conflicts named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from shopkit.errors import InputRefused
from shopkit.offers.code_import import import_codes
from shopkit.offers.code_store import issue
from shopkit.runtime.state import State

KEY = b"a key that only the shop knows"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.db")


def file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "in-use.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("SAVE10\nsave20\n", "utf-8"),
        ("code\nSAVE10\nsave20\n", "utf-8-sig"),
        ("id,Discount Code,used\n1,SAVE10,0\n2,save20,3\n", "utf-8"),
        ("编号,优惠码\n1,SAVE10\n2,ｓａｖｅ20\n", "gb18030"),
    ],
)
def test_a_plain_list_and_a_table_with_a_column_of_codes(
    state: State, text: str, encoding: str
) -> None:
    path = file(state.path.parent, text, encoding)
    assert import_codes(state, path).added == 2
    again = import_codes(state, path)
    assert (again.added, again.before, again.faults) == (0, 2, ())


def test_a_frame_and_letters_of_any_script(state: State) -> None:
    found = import_codes(state, pd.DataFrame({"code": ["夏日88", "Été", "夏日88"]}))
    assert found.added == 2
    assert [(fault.code, fault.values["line"]) for fault in found.faults] == [("code_twice", 3)]


def test_duplicates_and_conflicts_are_listed_with_their_lines(state: State) -> None:
    mine = list(issue(state, KEY, "summer", 5))
    lines = ["code", "SAVE10", mine[2].lower(), "save10", "two words", "6.83E+17", "NEW-1"]
    found = import_codes(state, file(state.path.parent, "\n".join(lines)))
    assert found.added == 2
    assert [(fault.code, fault.values["line"]) for fault in found.faults] == [
        ("code_ours", 3),
        ("code_twice", 4),
        ("code_unreadable", 5),
        ("digits_lost", 6),
    ]
    assert found.faults[0].values["batch"] == "summer"
    assert found.faults[1].values["first"] == 2
    assert all(fault.fix for fault in found.faults)


def test_cells_that_no_database_holds_are_no_codes(state: State) -> None:
    found = import_codes(state, pd.DataFrame({"code": ["A\0B", "\ud800", "x" * 256, "1E5"]}))
    assert (found.added, [fault.code for fault in found.faults]) == (1, ["code_unreadable"] * 3)


def test_columns_without_a_code_among_them_are_refused(state: State) -> None:
    with pytest.raises(InputRefused, match="code"):
        import_codes(state, file(state.path.parent, "id,name\n1,a\n"))
