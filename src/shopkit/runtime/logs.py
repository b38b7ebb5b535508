"""The log file: faults with their traceback, personal data masked, two old files kept."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

_NAME = "shopkit's own"
_BYTES, _OLD_FILES = 1_000_000, 2
_MASKS = (
    (re.compile(r"\b(sk|pk|key|token)[-_][\w-]{8,}"), r"\1-***"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "***@***"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "***phone***"),
    (re.compile(r"(?<![\d.])\d{12,19}[\dXx]?(?![\d.])"), "***number***"),  # orders, cards, ids
)


def log_file() -> Path:
    """Return where the log is: the user's log folder of this system."""
    from platformdirs import user_log_path

    return user_log_path("shopkit", appauthor=False) / "shopkit.log"


def masked(words: str) -> str:
    """Return ``words`` without e-mail addresses, phone, order and card numbers, keys.

    >>> masked("13812345678 asked, order 4012345678901234")
    '***phone*** asked, order ***number***'
    """
    for pattern, cover in _MASKS:
        words = pattern.sub(cover, words)
    return words.replace(str(Path.home()), "~")


def open_log() -> None:
    """Send what the logger ``shopkit`` is told to the log file, in this process; once is enough.

    Where the file cannot be written, nothing is logged and nothing is said on the screen.
    """
    logger = logging.getLogger("shopkit")
    if any(handler.name == _NAME for handler in logger.handlers):
        return
    logger.propagate = False
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            log_file(), maxBytes=_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=True
        )
        handler.setFormatter(_Masking("%(asctime)s %(process)d %(levelname)s %(message)s"))
    except OSError:
        handler = logging.NullHandler()
    handler.name = _NAME
    logger.addHandler(handler)


class _Masking(logging.Formatter):
    """Masks the finished text, traceback and all."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
