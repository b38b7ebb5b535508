"""Batch tables in every form merchants have them: the same rows of text cells come out."""

from __future__ import annotations

import gzip
import io
import os
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from shopkit.errors import InputRefused
from shopkit.runtime.table import Table, read_table

ALIASES = {"场景图": "scene", "商品图": "product", "id": "id"}


def read(tmp_path: Path, content: str | bytes, name: str = "jobs.csv", **options: object) -> Table:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options)


def cells(table: Table) -> list[dict[str, str]]:
    return [dict(row.cells) for row in table.rows]


def sheet(path: Path, *lines: list[object]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number, line in enumerate(lines):
            page.write_row(number, 0, line)
    return path


def test_ids_stay_text_and_lines_are_known(tmp_path: Path) -> None:
    table = read(tmp_path, 'id,scene\n00123,a.jpg\n\n1E5,"b\nc.jpg"\n="0042",NA\n')
    assert table.columns == ("id", "scene")
    assert [(row.number, row.line, row.cells["id"]) for row in table.rows] == [
        (1, 2, "00123"),
        (2, 4, "1E5"),
        (3, 6, "0042"),
    ]
    assert table.rows[2].cells["scene"] == "NA"
    assert table.rows[0].source == "jobs.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_every_encoding_and_delimiter(tmp_path: Path, encoding: str, mark: str) -> None:
    text = f"id{mark}场景图{mark}备注\r\n1{mark}红鞋.jpg{mark}一双\r\n"
    table = read(tmp_path, text.encode(encoding), aliases=ALIASES)
    assert table.columns == ("id", "scene", "备注")
    assert cells(table) == [{"id": "1", "scene": "红鞋.jpg", "备注": "一双"}]


def test_option_names_are_known_however_they_are_written(tmp_path: Path) -> None:
    table = read(tmp_path, "ID,Scene,Max Delta-E\n", aliases={"x": "max_delta_e", **ALIASES})
    assert table.columns == ("id", "scene", "max_delta_e")
    assert table.rows == []


def test_lost_digits_and_stray_cells_fail_their_row_only(tmp_path: Path) -> None:
    table = read(tmp_path, "id,scene\n6.83E+17,a.jpg\n2,b.jpg,c.jpg\n3,c.jpg\n4\n")
    faults = [row.fault and row.fault.code for row in table.rows]
    assert faults == ["digits_lost", "row_too_wide", None, None]
    assert "line 2, column id: 6.83E+17" in str(table.rows[0].fault)
    assert cells(table)[3] == {"id": "4", "scene": ""}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"\n\n", "table_empty"),
        (b",,\n\n", "table_empty"),
        (b"id,,scene\n1,2,3\n", "table_header_hole"),
        (b"id,scene,id\n1,2,3\n", "table_header_twice"),
        ("场景图,scene\n".encode(), "table_header_twice"),
        (b'id,scene\n1,"open\n', "table_broken"),
        (b"PK\x03\x04 no zip", "workbook_broken"),
        ("編號,圖片\n".encode("big5"), "table_encoding_unknown"),
    ],
)
def test_a_file_that_would_be_guessed_at_is_refused(
    tmp_path: Path, content: bytes, code: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, content, aliases=ALIASES)
    assert refused.value.code == code


def test_gb18030_needs_a_known_header(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="--encoding"):
        read(tmp_path, "编号,图片\n1,a\n".encode("gb18030"), aliases=ALIASES)
    told = read(tmp_path, "编号,图片\n1,a\n".encode("gb18030"), aliases=ALIASES, encoding="gb18030")
    assert told.columns == ("编号", "图片")


def test_required_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="lacks the column scene, product"):
        read(tmp_path, "id\n1\n", required=("scene", "product"))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no table"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(InputRefused, match="is a folder, not a table"):
        read_table(tmp_path)


def test_spreadsheets(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "jobs.xlsx",
        ["id", "场景图", "count", "sure"],
        ["00123", "a.jpg", 12, True],
        [],
        [683123456789012345, "b.jpg", 0.5, None],
    )
    table = read_table(path, aliases=ALIASES)
    assert cells(table)[0] == {"id": "00123", "scene": "a.jpg", "count": "12", "sure": "true"}
    assert table.rows[1].line == 4
    assert table.rows[1].fault is not None
    assert "column id" in str(table.rows[1].fault)


def test_a_spreadsheet_that_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="empty"):
        read_table(sheet(tmp_path / "jobs.xlsx"))


def test_json_lines(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        '{"id": 683123456789012345, "scene": "a.jpg"}\n'
        "\n"
        '{"id": "2", "gain": 1.50, "sure": true, "box": null}\n'
        '{"id": "3", "box": [1, 2]}\n'
        "nonsense\n",
        "jobs.jsonl",
    )
    assert table.columns == ("id", "scene", "gain", "sure", "box")
    assert cells(table)[0]["id"] == "683123456789012345"
    assert cells(table)[1] == {"id": "2", "scene": "", "gain": "1.50", "sure": "true", "box": ""}
    assert [(row.line, row.fault and row.fault.code) for row in table.rows] == [
        *((1, None), (3, None), (4, "json_nested"), (5, "json_broken")),
    ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO("id,scene\n1,红.jpg\n".encode("gb18030")))
    monkeypatch.setattr(sys, "stdin", stdin)
    table = read_table("-", aliases=ALIASES)
    assert (table.source, cells(table)) == ("stdin", [{"id": "1", "scene": "红.jpg"}])


def test_a_data_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": ["00123", None],
            "count": [12, None],
            "long": [683123456789012345, 1],
            "when": [pd.Timestamp("2026-11-22"), pd.NaT],
        }
    )
    table = read_table(frame)
    assert cells(table)[0] == {
        **{"id": "00123", "count": "12", "long": "683123456789012345"},
        "when": "2026-11-22 00:00:00",
    }
    assert cells(table)[1] == {"id": "", "count": "", "long": "1", "when": ""}
    assert [row.fault for row in table.rows] == [None, None]
    lossy = read_table(pd.DataFrame({"id": [6.83e17]}))
    assert lossy.rows[0].fault is not None


def refused(source: Path) -> str:
    with pytest.raises(InputRefused) as caught:
        read_table(source)
    return caught.value.code


def test_what_is_no_table_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path) == "table_is_folder"
    assert refused(tmp_path / "nothing.csv") == "table_missing"
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == "table_is_pipe"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert refused(Path("-")) == "stdin_empty"
    monkeypatch.setattr(sys, "stdin", None)  # closed by the caller
    assert refused(Path("-")) == "stdin_empty"


def test_a_packed_file_cut_short_is_refused_in_words(tmp_path: Path) -> None:
    whole = gzip.compress(b"id,scene\n" + b"1,a.jpg\n" * 4000)
    for length in (len(whole) - 9, len(whole) // 2, 12):
        (tmp_path / "jobs.csv.gz").write_bytes(whole[:length])
        assert refused(tmp_path / "jobs.csv.gz") == "table_cut_short"
    (tmp_path / "jobs.csv.gz").write_bytes(whole[:40] + b"\0\0\0\0" + whole[44:])
    assert refused(tmp_path / "jobs.csv.gz") == "table_cut_short"


def test_json_that_is_not_in_lines_is_not_called_empty(tmp_path: Path) -> None:
    (tmp_path / "jobs.json").write_text('[{"id": "1"}]', encoding="utf-8")
    assert refused(tmp_path / "jobs.json") == "json_array"
    (tmp_path / "jobs.jsonl").write_text('{"id": {"a": 1}}\n{"id": [2]}\n', encoding="utf-8")
    assert refused(tmp_path / "jobs.jsonl") == "json_nested"


def test_a_header_of_200_000_columns_takes_no_minutes(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(200_000)]
    (tmp_path / "wide.csv").write_text(",".join(names) + "\n1\n", encoding="utf-8")
    begun = time.process_time()
    assert len(read_table(tmp_path / "wide.csv").columns) == 200_000
    assert time.process_time() - begun < 10  # comparing each with all before it took minutes
