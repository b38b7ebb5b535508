"""Ctrl-C and SIGTERM as one exception, raised once: the first asks to stop, the rest wait."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Someone asked the run to stop; ``signal`` says how."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stopped on the first Ctrl-C or SIGTERM inside the block, once.

    Outside the main thread signals are not ours to take; there the block changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if not asked:  # winding down takes a moment; a second signal must not tear it
            asked.append(number)
            raise Stopped(number)

    before = {kind: signal.signal(kind, stop) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
