"""The log: personal data masked, old files kept small."""

import logging

import pytest

from shopkit.runtime import logs


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("call 13812345678 now", "call ***phone*** now"),
        ("lily.wang+x@mail.example.cn wrote", "***@*** wrote"),
        ("order 4012345678901234", "order ***number***"),
        ("id 11010519491231002X", "id ***number***"),
        ("key sk-proj-abc123DEF456", "key sk-***"),
        (
            "size 1200x800, 42.5 %, 2026-11-22T09:00:00",
            "size 1200x800, 42.5 %, 2026-11-22T09:00:00",
        ),
        ("0.1234567890123456 stays", "0.1234567890123456 stays"),
    ],
)
def test_what_is_masked_and_what_is_not(words, masked):
    assert logs.masked(words) == masked


def test_the_home_folder_is_not_told(monkeypatch, tmp_path):
    monkeypatch.setattr(logs.Path, "home", lambda: tmp_path)
    assert logs.masked(f"{tmp_path}/shoe.jpg") == "~/shoe.jpg"


def test_a_fault_is_written_with_its_traceback_and_masked(monkeypatch, tmp_path):
    file = tmp_path / "deep" / "shopkit.log"
    monkeypatch.setattr(logs, "log_file", lambda: file)
    logger = logging.getLogger("shopkit")
    logger.handlers.clear()
    logs.open_log()
    logs.open_log()  # a second time changes nothing
    assert not file.exists()  # nothing to tell, no file
    try:
        raise ValueError("13812345678")
    except ValueError as error:
        logger.error("row %s", 7, exc_info=error)
    logger.handlers.clear()
    written = file.read_text()
    assert written.count("ValueError: ***phone***") == 1
    assert "ERROR row 7" in written
