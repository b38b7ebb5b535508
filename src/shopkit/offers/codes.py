"""Coupon codes from one keyed stream a batch, with a check character against typing errors.

A code is a prefix of the shop (may be empty), so many drawn characters, one check character. The
drawn ones cannot be guessed without the key; the same key and batch always draw the same.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shopkit.errors import EngineMissing

Symbols = NDArray[np.uint8]
"""Codes as numbers 0 to 30, a row a code."""

Texts = NDArray[np.uint8]
"""Codes as ASCII letters, a row a code, all of one width."""

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 letters and digits, a prime number; without 0 1 I L O, which people mix up."""

SHORTEST = 9  # drawn characters where nobody asks for fewer: room for 2.6 million live codes
LONGEST = 29  # weights 1 to 30 differ modulo 31, one of them is the check character's
ONE_IN = 10_000_000  # a guess may hit a live code once in so many tries, not more often
KEY = "SHOPKIT_CODE_KEY"

_BASE = len(LETTERS)
# Tables for bytes.translate, which is twice as fast as numpy's indexing.
_TO_ASCII = LETTERS.encode().ljust(256, b"?")
_OUTSIDE = 255
_TO_SYMBOL = bytes(LETTERS.find(chr(byte)) % 256 for byte in range(256))  # not found: 255
# A byte below 248 = 8 x 31 gives a symbol with equal chances; the others are passed over.
_MODULO = bytes(byte % _BASE for byte in range(256))
_UNEVEN = bytes(range(256 - 256 % _BASE, 256))
_PACKED = 10  # symbols that a float holds exactly: 31^10 < 2^53
_BLOCK = 4096  # codes that the processor's cache holds


def code_key(environment: Mapping[str, str] | None = None) -> bytes:
    """Return the shop's key for codes, which only the environment holds (``SHOPKIT_CODE_KEY``).

    Raises EngineMissing where there is none.
    """
    key = (os.environ if environment is None else environment).get(KEY, "").strip()
    if not key:
        raise EngineMissing("code_key_missing", name=KEY)
    return key.encode()


def draw(key: bytes, batch: str, count: int, length: int, prefix: str = "") -> Symbols:
    """Return the first ``count`` candidates of a batch, ``length`` symbols each.

    More candidates of the same batch begin with the same ones. Two may be equal: see ``free``.
    HMAC-SHA256 makes a seed of key and batch, SHAKE-128 (FIPS 202) stretches it.
    """
    told = "\0".join(("shopkit codes 1", str(length), prefix, batch))
    seed = hmac.digest(key, told.encode(errors="surrogatepass"), "sha256")
    wanted = count * length
    size = wanted + wanted // 30 + 64  # 31 of 32 bytes can be used
    while True:
        stream = hashlib.shake_128(seed).digest(size).translate(_MODULO, _UNEVEN)
        if len(stream) >= wanted:
            return np.frombuffer(stream, np.uint8, wanted).reshape(count, length)
        size *= 2


def free(symbols: Symbols, taken: NDArray[np.int64]) -> Symbols:
    """Return the candidates in their order without repeated ones and without those ``taken``.

    ``taken`` are ``numbers`` of other codes with the same prefix and length.
    """
    own = numbers(symbols)
    merged = np.sort(np.concatenate([own, taken]))
    if not (merged[1:] == merged[:-1]).any():
        return symbols
    kept = ~np.isin(own, taken)
    _, first = np.unique(own, return_index=True)
    again = np.ones(len(own), np.bool_)
    again[first] = False
    return symbols[kept & ~again]


def numbers(symbols: Symbols) -> NDArray[np.int64]:
    """Return one whole number a code, the same for the same code.

    Beyond 10 symbols only the first 10 count: then ``free`` may pass over one code in 31^10 too
    many, never one too few.
    """
    counting = symbols[:, :_PACKED]
    return _sums(counting, np.float64(_BASE) ** np.arange(counting.shape[1]))


def check_symbols(symbols: Symbols) -> Symbols:
    """Return the check symbol of each code.

    Weights n+1 … 2 from left to right, the check symbol's own is 1, and the weighted sum is 0
    modulo 31. 31 is prime, no weight is a multiple of it and all differ: so every substitution
    of one symbol and every swap of two changes the sum.
    """
    minus_weights = _BASE - np.arange(symbols.shape[1] + 1, 1, -1, dtype=np.float64)
    rest: NDArray[np.uint16] = _sums(symbols, minus_weights).astype(np.uint16) % np.uint16(_BASE)
    return rest.astype(np.uint8)


def _sums(symbols: Symbols, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Weighted sums of each code's symbols, exact below 2^53; floats multiply twice as fast."""
    sums = np.empty(len(symbols), np.int64)
    for start in range(0, len(symbols), _BLOCK):
        block = symbols[start : start + _BLOCK].astype(np.float64)
        sums[start : start + _BLOCK] = block @ weights
    return sums


def written(symbols: Symbols, prefix: str = "") -> Texts:
    """Return whole codes as ASCII: prefix, drawn characters, check character."""
    count, length = symbols.shape
    letters = bytearray(count * (length + 1))
    checked = np.frombuffer(letters, np.uint8).reshape(count, length + 1)
    checked[:, :length] = symbols
    checked[:, length] = check_symbols(symbols)
    texts = np.frombuffer(letters.translate(_TO_ASCII), np.uint8).reshape(count, length + 1)
    if not prefix:
        return texts
    start = np.frombuffer(prefix.encode("ascii"), np.uint8)
    return np.hstack([np.broadcast_to(start, (count, len(start))), texts])


def drawn_part(texts: Texts, prefix: str) -> Symbols:
    """Return the drawn symbols of those codes that a batch with this prefix could meet.

    Codes with another prefix or a character that is none of the 31 letters are left out.
    """
    start = np.frombuffer(prefix.encode("ascii"), np.uint8)
    if prefix:
        texts = texts[(texts[:, : len(start)] == start).all(axis=1), len(start) :]
    symbols = np.frombuffer(texts.tobytes().translate(_TO_SYMBOL), np.uint8).reshape(texts.shape)
    if symbols.max(initial=0) >= _BASE:
        symbols = symbols[symbols.max(axis=1) < _BASE]
    return symbols[:, :-1]


def lines(texts: Texts) -> list[str]:
    """Return codes as text."""
    width, whole = texts.shape[1], texts.tobytes().decode("ascii")
    return [whole[at : at + width] for at in range(0, len(whole), width)]


def fold(code: str) -> str:
    """Return the form in which two codes are compared: shops do not tell upper from lower case."""
    return unicodedata.normalize("NFKC", code).strip().casefold().upper()


def check_character(drawn: str) -> str:
    """Return the check character for drawn characters (without prefix).

    Raises ValueError for a character that no code has, or a length out of 1 to 29.
    """
    symbols = _symbols_of(fold(drawn))
    if symbols is None or not 1 <= len(drawn) <= LONGEST:
        raise ValueError(drawn)
    return LETTERS[check_symbols(symbols)[0]]


def is_valid(code: str, prefix: str = "") -> bool:
    """Whether a code can be one of ours with this prefix: no typing error in it.

    Every single wrong character and every swap of two neighbours makes it False.
    """
    folded, start = fold(code), fold(prefix)
    drawn, check = folded[len(start) : -1], folded[-1:]
    if not folded.startswith(start) or not 1 <= len(drawn) <= LONGEST:
        return False
    symbols = _symbols_of(drawn)
    return symbols is not None and LETTERS[check_symbols(symbols)[0]] == check


def length_for(live: int, shortest: int = SHORTEST) -> int:
    """Return how many drawn characters make a guess hit one of ``live`` codes rarely enough."""
    length = shortest
    while live * ONE_IN > _BASE**length:
        length += 1
    return length


def chance(live: int, length: int) -> float:
    """Return the probability that one guess hits one of ``live`` codes."""
    return float(live / _BASE**length)


def _symbols_of(text: str) -> Symbols | None:
    """One code as symbols; None where a character is none of the letters."""
    if not text.isascii():
        return None
    symbols = np.frombuffer(text.encode().translate(_TO_SYMBOL), np.uint8)
    return None if (symbols == _OUTSIDE).any() else symbols[np.newaxis]
