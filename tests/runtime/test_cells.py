"""Cells: what spreadsheets wrap around text, and what they would run as a formula."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkit.runtime.cells import clean, guarded, number_text, rounded, too_long


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("00123", "00123"),
        ("1E5", "1E5"),
        ("NA", "NA"),
        ('="00123"', "00123"),
        ('="say ""hi"""', 'say "hi"'),
        ("'00123", "00123"),
        ("\t6831234567890123456", "6831234567890123456"),
        ("\u3000红色 \xa0", "红色"),
        ("\ufeffid", "id"),
        ("", ""),
    ],
)
def test_clean_gives_the_text_a_person_meant(cell: str, text: str) -> None:
    assert clean(cell) == text


@pytest.mark.parametrize(
    ("cell", "lost"),
    [
        ("6.83E+17", True),
        ("1.23457E+11", True),  # from 12 digits on
        ("2e18", True),
        ("1E+05", False),
        ("1E5", False),
        ("683123456789012345", False),
        ("SKU1E+17", False),
        ("1.5E-12", False),
    ],
)
def test_rounded_tells_numbers_that_lost_their_end(cell: str, lost: bool) -> None:
    assert rounded(cell) is lost


def test_numbers_of_a_sheet_as_a_person_wrote_them() -> None:
    assert [number_text(n) for n in (12.0, 0.5, -3.0, math.nan)] == ["12", "0.5", "-3", ""]
    assert [too_long(n) for n in (999999999999999.0, 1e15, -1e15, math.inf)] == [
        *(False, True, True, False),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-a", "@SUM(A1)", "\t=1", " =1"])
def test_guarded_stops_formulas(cell: str) -> None:
    assert guarded(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.5", "+8613800138000", "-1,234.50", "12%", "-.5", "a=b", ""])
def test_guarded_leaves_numbers_and_words(cell: str) -> None:
    assert guarded(cell) == cell


@given(st.text())
def test_what_is_guarded_reads_back_as_it_was(cell: str) -> None:
    assert clean(guarded(cell)) == clean(cell)
    assert not guarded(cell).lstrip().startswith(("=", "@", "＝"))
