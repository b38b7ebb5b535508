"""Large tables as columns: the values of load_rows for whatever stands in the cells."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkit.runtime.columns import open_columns, open_database
from shopkit.runtime.columns_feed import plain_feed
from shopkit.runtime.headers import knows
from shopkit.runtime.schema import find_schema
from tests.runtime.odd_cells import ODD
from tests.runtime.same_table import both, write

# Every cast has a column here, and the dirt that exports put around its cells.
HEADER = ["date", "item_id", "title", "visitors", "dwell", "bounce_rate", "pay_amount", "客单价"]
CELLS = st.sampled_from(ODD) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=6
)


def as_csv(rows) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows])
    return text.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("columns")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=6))
def test_whatever_stands_in_the_cells_both_ways_tell_the_same(folder, rows):
    both("item_daily", write(folder / "t.csv", as_csv(rows)))


def test_every_odd_cell_in_every_column_reads_the_same_both_ways(tmp_path):
    rows = [["", str(at), *[cell] * 6] for at, cell in enumerate(ODD)]
    loaded = both("item_daily", write(tmp_path / "t.csv", as_csv(rows)))
    assert len(loaded.records) > 10
    assert len(loaded.rejects) > 100


@pytest.mark.parametrize("cell", ODD)
def test_every_odd_cell_as_an_id_a_time_and_a_flag(tmp_path, cell):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [["sku_id", "created", "locked", "备注"], ["a", cell, cell, cell], [cell]]
    )
    both("skus", write(tmp_path / "t.csv", text.getvalue()))


def is_plain(path) -> bool:
    """Whether the file is read where it lies, by the table engine's own reader."""
    feed = plain_feed(path, None, knows(find_schema("skus")), path.parent)
    return feed is not None and feed.path == path


@pytest.mark.parametrize(
    "text",
    [
        "sku,price,note\n1,2.50,a\n2,3,b\n\n\n",
        "sku,price,note\r\n1,2.50,a\r\n2,3,b",
        "sku,price,note\n1,2.50,a,\n2,3,b,\n",
        "sku,price,note\n1,2.50\n2,3,b\n",
        "made by hand\n\nsku,price,note\n\n1,2.50,a\n\n2,3,b\n",
        'sku,price,note\n1,2.50,"a\nb"\n2,3,b\n',
        "sku,price,note\n1,2.50,a\r\n2,3,b\n",
        "sku,price,note\n1,2.50,a\n\t,,\n2,3,b\n",
        'sku,price,note\n1, "2.50",a\n2,3,b\n',
        "sku;price;note\n1;2.50;a\n2;3;b\n",
    ],
)
def test_lines_are_right_whatever_the_file_looks_like(tmp_path, text):
    path = write(tmp_path / "t.csv", text)
    assert is_plain(path)
    loaded = both("skus", path)
    assert [one.values["list_price"] for one in loaded.records] == [250, 300]
    lines = text.replace("\r\n", "\n").split("\n")
    assert [lines[one.row.line - 1][:1] for one in loaded.records] == ["1", "2"]


def test_lines_are_right_where_all_cores_read_at_once(tmp_path):
    rows = [f"S{line},{line % 7}.50" for line in range(4, 600_001)]
    rows[300_000] = "合计,9"  # a total among them is no row, and its line stays its own
    rows[400_000] = "S400004,a lot"
    write(tmp_path / "t.csv", "\n".join(["店铺,我的店", "", "sku_id,list_price", *rows]))
    with open_database() as db:
        goods = open_columns("skus", tmp_path / "t.csv", db)
        line, ids, price = goods.arrays("_line", "sku_id", "list_price")
        assert (goods.rows, goods.totals, goods.rejected) == (599_995, 1, 1)
        assert [reject.line for reject in goods.read_rejects()] == [400_004]
    assert ids.tolist() == [f"S{one}" for one in line]
    assert (price == line % 7 * 100 + 50).all()


def test_bytes_that_turn_out_not_to_be_utf8(tmp_path):
    rows = "".join(f"{number},1,plain\n" for number in range(120_000))
    path = tmp_path / "t.csv"
    path.write_bytes(("sku,price,title\n" + rows).encode() + "x,2,春季新款\n".encode("gb18030"))
    with open_database() as db:
        columns = open_columns("skus", path, db)
        last = db.execute("SELECT _line, title FROM skus ORDER BY _line DESC LIMIT 1").fetchall()
    assert last == [(120_002, "春季新款")]
    assert (columns.rows, columns.encoding) == (120_001, "gb18030")


def test_headers_are_names_never_sql(tmp_path):
    text = 'sku,price,"a"" ; DROP TABLE skus --",Price,LIST_PRICE2,_line\n1,2,x,y,z,w\n'
    loaded = both("skus", write(tmp_path / "it's; a.csv", text))
    assert loaded.records[0].extra == {
        'a" ; DROP TABLE skus --': "x",
        "Price": "y",
        "LIST_PRICE2": "z",
        "_line": "w",
    }


def test_types_in_the_database(tmp_path):
    file = write(tmp_path / "t.csv", as_csv([["2025-01-06", "1", "t", 1, 2, "3%", 4, 5]]))
    with open_database() as db:
        columns = open_columns("daily", file, db)
        found = dict(row[:2] for row in db.execute(f"DESCRIBE {columns.table}").fetchall())
    wanted = {"_line": "BIGINT", "date": "TIMESTAMP", "item_id": "VARCHAR", "visitors": "BIGINT"}
    wanted |= {"pay_amount": "BIGINT", "bounce_rate": "BIGINT", "visitor_value": "DECIMAL(18,6)"}
    assert {name: found[name] for name in wanted} == wanted
    assert "_state" not in found


def test_a_second_table_takes_the_place_of_the_first_and_nothing_is_left_behind(tmp_path):
    with open_database() as db:
        open_columns("skus", write(tmp_path / "a.csv", "sku,price\n1,2\nx,y\n"), db)
        again = open_columns("skus", write(tmp_path / "b.csv", "sku,price,new\n1,2,3\n"), db)
        assert (again.rows, again.read_rejects(), again.extra) == (1, [], {"new": "new"})
        tables = {name for (name,) in db.execute("SHOW TABLES").fetchall()}
        ours = "SELECT count(*) FROM duckdb_functions() WHERE function_name LIKE '%shopkit%'"
        assert db.execute(ours).fetchall() == [(0,)]
    assert tables == {"_skus", "skus", "skus_rejects"}  # the view and what it stands on


def test_a_file_on_standard_input(tmp_path, monkeypatch):
    import sys

    file = write(tmp_path / "t.csv", "sku,price\n1,2\n")
    with file.open() as stdin, open_database() as db:
        monkeypatch.setattr(sys, "stdin", stdin)
        columns = open_columns("skus", "-", db)
        assert (columns.rows, columns.source, columns.dated) == (1, "stdin", None)
