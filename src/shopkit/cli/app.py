"""The program ``shopkit``: how a run starts and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from shopkit.cli.peek import Peek, choose_language, peek
from shopkit.errors import ExitCode
from shopkit.runtime.threads import add_in_one_order


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``shopkit`` with ``arguments`` (the process's own by default); return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    add_in_one_order()  # before anything that computes is loaded
    try:
        early = peek(words)
        choose_language(early.lang)  # before any module that asks for words is loaded
        if early.no_color:
            os.environ["NO_COLOR"] = "1"  # workers see it too
        return _run(words, early)
    except KeyboardInterrupt:  # while it was loading: nothing had begun
        return int(ExitCode.INTERRUPTED)


def _run(words: list[str], early: Peek) -> int:
    from shopkit.cli import console, faults, top
    from shopkit.cli.options import TalkOptions

    console.prepare_streams()
    console.settle(TalkOptions(json=early.json, no_color=early.no_color))
    console.remember_command("")
    ending = _Ending()
    try:
        code = top.command()(args=words, prog_name="shopkit", standalone_mode=False)
        if code == ExitCode.INTERRUPTED:  # what typer makes of Ctrl-C
            return faults.interrupted(ending.code)
        return int(code or 0)
    except KeyboardInterrupt:
        return faults.interrupted(ending.code)
    except Exception as error:  # the last guard: no traceback reaches a merchant  # noqa: BLE001
        return faults.report(error)
    finally:
        console.finish()


class _Ending:
    """Makes SIGTERM stop a run as Ctrl-C does, and remembers which of the two it was."""

    def __init__(self) -> None:
        self.code = ExitCode.INTERRUPTED
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._terminate)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self.code = ExitCode.TERMINATED
        raise KeyboardInterrupt
