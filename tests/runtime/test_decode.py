"""Encodings of table files: sure, or refused with the option that settles it."""

from __future__ import annotations

import io

import pytest

from shopkit.errors import InputRefused, UsageFault
from shopkit.runtime.decode import find_delimiter, find_encoding

TEXT = "id,场景图,备注\n1,红色鞋.jpg,一双\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("ascii", "utf-8"),
    ],
)
def test_finds_the_encoding(written: str, found: str) -> None:
    text = TEXT if written != "ascii" else "id,scene\n"
    stream = io.BytesIO(text.encode(written))
    codec = find_encoding(stream, "jobs.csv")
    assert codec == found
    assert stream.read().decode(codec) == text  # rewound


def test_a_character_cut_by_the_block_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopkit.runtime.decode._BLOCK", 5)
    assert find_encoding(io.BytesIO(TEXT.encode()), "jobs.csv") == "utf-8"
    assert find_encoding(io.BytesIO(TEXT.encode("gb18030")), "jobs.csv") == "gb18030"


@pytest.mark.parametrize(
    "content",
    [
        "編號,中文名稱,的一\n".encode("big5"),  # reads as GB18030, into the private-use area
        TEXT.encode()[:-3],  # a UTF-8 file cut inside a character
        b"\x00\x01\x02\xff\xfe binary",
        "\ufeff".encode() + b"\xff\xff",
    ],
)
def test_refuses_what_would_be_garbled(content: bytes) -> None:
    with pytest.raises(InputRefused, match="--encoding"):
        find_encoding(io.BytesIO(content), "jobs.csv")


def test_the_users_word_is_checked() -> None:
    big5 = "編號,中文名稱\n".encode("big5")
    assert find_encoding(io.BytesIO(big5), "jobs.csv", "big5") == "big5"
    assert find_encoding(io.BytesIO("\ufeffid".encode()), "jobs.csv", "UTF8") == "utf-8-sig"
    with pytest.raises(InputRefused, match="not written in ascii"):
        find_encoding(io.BytesIO(TEXT.encode()), "jobs.csv", "ascii")
    with pytest.raises(UsageFault, match="no encoding named nonsense"):
        find_encoding(io.BytesIO(b""), "jobs.csv", "nonsense")


@pytest.mark.parametrize(
    ("header", "mark"),
    [("id,scene", ","), ("id\tscene", "\t"), ("id;a,b;c", ";"), ('"a;b;c",id', ","), ("id", ",")],
)
def test_the_delimiter_is_what_the_header_holds_most_of(header: str, mark: str) -> None:
    assert find_delimiter(header) == mark
