"""Tables that people open in spreadsheets: safe, exact, and the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkit.errors import UsageFault
from shopkit.runtime.cells import clean, rounded
from shopkit.runtime.table import read_table
from shopkit.runtime.table_write import render, write_table

ROWS = [
    {"id": "00123", "text": "=1+1", "change": -12.5, "sure": True, "none": None},
    {"id": "683123456789012345", "text": '红,"色"\n二', "change": 7, "sure": False},
]
COLUMNS = ["id", "text", "change", "sure", "none"]


def test_csv_for_spreadsheets(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", COLUMNS, ROWS)
    assert (tmp_path / "t.csv").read_bytes() == (
        "\ufeffid,text,change,sure,none\r\n"
        "00123,'=1+1,-12.5,true,\r\n"
        '683123456789012345,"红,""色""\n二",7,false,\r\n'
    ).encode()
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".xlsx"])
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    write_table(path, COLUMNS, ROWS)
    table = read_table(path)
    assert table.columns == tuple(COLUMNS)
    assert [row.fault for row in table.rows] == [None, None]
    assert dict(table.rows[0].cells) == {
        **{"id": "00123", "text": "=1+1", "change": "-12.5", "sure": "true", "none": ""},
    }
    assert table.rows[1].cells["id"] == "683123456789012345"
    assert table.rows[1].cells["text"] == '红,"色"\n二'
    assert render(suffix, COLUMNS, ROWS) == path.read_bytes()


def test_xlsx_holds_no_formula_and_no_rounded_number(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_table(path, ["a", "b"], [{"a": "=1+1", "b": 683123456789012345}, {"a": float("nan")}])
    table = read_table(path)
    assert [dict(row.cells) for row in table.rows] == [{"a": "=1+1", "b": "683123456789012345"}]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"\.pdf"):
        write_table(tmp_path / "t.pdf", COLUMNS, ROWS)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"))))
def test_any_text_survives_csv(texts: list[str]) -> None:
    texts = [text for text in texts if clean(text)]
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        write_table(path, ["n", "text"], [{"n": "x", "text": text} for text in texts])
        table = read_table(path, encoding="utf-8")
    got = [row.cells["text"] for row in table.rows]
    want = [clean(text) for text in texts]
    assert [g for g in got if not rounded(g)] == [w for w in want if not rounded(w)]
