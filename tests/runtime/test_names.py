"""Names of outputs: made from any text, and never a way out of the output folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkit.errors import InputRefused
from shopkit.runtime.names import folded, inner_path, output_path, safe_stem

OUT = Path("/shop/out")


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("00123", "00123"),
        ("红色 鞋", "红色 鞋"),
        ("a/b: c?", "a_b_ c_"),
        ("..", "_"),
        ("", "_"),
        ("con", "con_"),
        ("nul.x", "nul.x_"),
        ("tail. ", "tail"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_a_stem_from_any_text(text: str, stem: str) -> None:
    assert safe_stem(text) == stem


@given(st.text())
def test_every_stem_is_a_plain_name(text: str) -> None:
    path = output_path(OUT, "", text, ".png")
    assert path.parent == OUT
    assert len(path.name.encode(errors="replace")) < 200


@given(st.text())
def test_no_cell_leads_out(cell: str) -> None:
    try:
        path = output_path(OUT, cell, "stem", ".png")
    except InputRefused as refused:
        assert refused.code == "output_unsafe"
    else:
        assert path.resolve().is_relative_to(OUT)
        assert path != OUT


def test_an_out_cell_may_name_a_folder_below() -> None:
    assert output_path(OUT, "shoes/红.jpg", "x", ".png") == OUT / "shoes/红.jpg"
    assert output_path(OUT, "shoes\\red", "x", ".png") == OUT / "shoes/red.png"
    assert output_path(OUT, "v1.2", "x", ".png") == OUT / "v1.2"


@pytest.mark.parametrize(
    "cell",
    [
        *("/etc/x.png", "../x.png", "a/../../x.png", "C:/x.png", "C:x.png", "\\\\host\\x.png"),
        *("nul", "a/COM1.png", "x\0.png", "a//b.png", "x.png/", "tail.", "tail ", " lead"),
        *("results.csv", "Results.CSV", ".shopkit/state.db", ".shopkit-run-1/x.png", "x" * 300),
    ],
)
def test_unsafe_cells_are_refused(cell: str) -> None:
    with pytest.raises(InputRefused, match="no name for an output"):
        inner_path(cell)


def test_folding_finds_what_file_systems_do_not_tell_apart() -> None:
    assert folded(Path("Shoe.PNG")) == folded(Path("shoe.png"))
    assert folded(Path("caf\u00e9")) == folded(Path("cafe\u0301"))
    assert folded(Path("Straße")) == folded(Path("STRASSE"))
