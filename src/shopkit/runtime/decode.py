"""Which encoding and delimiter a text table has; never a silent guess that could garble names."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from shopkit.errors import InputRefused, UsageFault

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a guess must not bring out. UTF-8 is sure but for the zeros that UTF-16 leaves in ASCII.
# Big5 read as GB18030 lands in the private-use area sooner or later; real GB18030 text does not.
_STRANGE = re.compile("[\x00-\x08\x0e-\x19\ue000-\uf8ff\ufffd]")
_GUESSES = {"utf-8": re.compile("\x00"), "gb18030": _STRANGE}
_GUESSES |= {"utf-16-le": _STRANGE, "utf-16-be": _STRANGE}
_BLOCK = 1 << 20
DELIMITERS = (",", "\t", ";", "|")


def find_encoding(stream: BinaryIO, name: str, told: str | None = None) -> str:
    """Return the codec that reads the whole stream (rewound afterwards), in blocks.

    ``told`` (``--encoding``) is checked, not doubted. Order: byte-order mark, UTF-8, UTF-16 by its
    zero bytes, GB18030, each strictly. Raises InputRefused naming ``--encoding`` where none fits.
    """
    if told is not None:
        return _told(stream, name, told)
    head = stream.read(_BLOCK)
    marked = next((codec for bom, codec in _BOMS if head.startswith(bom)), None)
    candidates = [marked] if marked else ["utf-8", *_utf16(head), "gb18030"]
    for codec in candidates:
        if _reads(stream, codec, _GUESSES.get(codec)):
            return codec
    raise InputRefused("table_encoding_unknown", file=name)


def first_encoding(stream: BinaryIO, name: str, told: str | None = None) -> str:
    """As find_encoding, but UTF-8 is taken for granted where the first block of a file is it.

    For files that are checked to the end when they are read.
    """
    head = stream.read(_BLOCK)
    stream.seek(0)
    marked = head.startswith(tuple(bom for bom, codec in _BOMS if codec != "utf-8-sig"))
    if told is None and not marked and b"\0" not in head:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeError:
            return find_encoding(stream, name)
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    return find_encoding(stream, name, told)


def find_delimiter(header: str) -> str:
    """The delimiter that the header line holds most of outside quotes; a comma for one column."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), mark == ","))


def _told(stream: BinaryIO, name: str, codec: str) -> str:
    try:
        known = codecs.lookup(codec).name
    except LookupError:
        raise UsageFault("encoding_name_unknown", encoding=codec) from None
    known = "utf-8-sig" if known == "utf-8" else known
    if not _reads(stream, known):
        raise InputRefused("table_encoding_wrong", file=name, encoding=codec)
    return known


def _utf16(head: bytes) -> Iterator[str]:
    """UTF-16 without a mark: ASCII (a comma, a line end) leaves every second byte zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even or odd:
        yield "utf-16-le" if odd > even else "utf-16-be"


def _reads(stream: BinaryIO, codec: str, strange: re.Pattern[str] | None = None) -> bool:
    """Whether the stream is written in this codec, with nothing strange in it."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            text = decoder.decode(block)
            if strange is not None and strange.search(text):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    finally:
        stream.seek(0)
    return True
