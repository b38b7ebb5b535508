"""Where rows are worked on: in this process, in processes (pixels) or in threads (network)."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Literal, ParamSpec, TypeVar

from shopkit.runtime.memory import keep_memory
from shopkit.runtime.threads import compute_on_one_thread

Pool = Literal["inline", "processes", "threads"]
P = ParamSpec("P")
_MOST = 60  # processes that Windows can wait for
T = TypeVar("T")


def open_executor(
    pool: Pool, jobs: int, start: Callable[..., None] | None = None, args: tuple[Any, ...] = ()
) -> Executor:
    """Return an executor of ``jobs`` workers; ``start(*args)`` runs once in each process.

    Processes are started fresh (never forked: native threads do not survive a fork), compute on
    one thread each (two workers on two cores then do not fight), and ignore Ctrl-C: the parent
    alone decides when to stop.
    """
    if pool == "inline":
        keep_memory()
        return InlineExecutor()
    if pool == "threads":
        return ThreadPoolExecutor(jobs, thread_name_prefix="shopkit")
    method = "spawn" if sys.platform == "win32" else "forkserver"
    context = multiprocessing.get_context(method)
    # packed: nothing that reads the thread counts may be loaded before they are set
    packed = pickle.dumps((start, args))
    return ProcessPoolExecutor(min(jobs, _MOST), context, _start_worker, (packed,))


class InlineExecutor(Executor):
    """Runs each call at once in the calling thread: one worker, nothing to start, easy to debug."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call ``fn``; the future is done when this returns. A stop signal goes right through."""
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def _start_worker(packed: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compute_on_one_thread()
    keep_memory()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()
    start, args = pickle.loads(packed)  # noqa: S301 - our own words, from our own parent
    if start is not None:
        start(*args)


def _follow(parent: int) -> None:
    """End this worker when its parent is gone, killed or not: its queue would never tell it."""
    multiprocessing.connection.wait([parent])
    os._exit(1)
