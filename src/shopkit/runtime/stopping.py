"""Ctrl-C and SIGTERM as one exception, raised once and never inside a record being written."""

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


class Stopper:
    """Hears the first signal and raises Stopped, at once or at the end of a ``shielded`` block.

    Later signals are heard and wait: winding down takes a moment and must not be torn.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._raised = False
        self._shielded = False

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        self._asked = self._asked or number
        self._raise_unless_shielded()

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Finish what is inside before a stop is raised."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False
        self._raise_unless_shielded()

    def _raise_unless_shielded(self) -> None:
        if self._asked and not self._shielded and not self._raised:
            self._raised = True
            raise Stopped(self._asked)


@contextmanager
def stop_signals() -> Iterator[Stopper]:
    """Hear Ctrl-C and SIGTERM inside the block.

    Outside the main thread signals are not ours to take; there none is heard.
    """
    stopper = Stopper()
    if threading.current_thread() is not threading.main_thread():
        yield stopper
        return
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, stopper.hear) for kind in kinds}
    try:
        yield stopper
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
