"""How many threads the number libraries take: they read it from the environment when loaded."""

from __future__ import annotations

import os

_BLAS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_OTHERS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


def add_in_one_order() -> None:
    """Let BLAS use one thread in this process and its children.

    On another number of threads it adds in another order, and pictures differ in their last bit:
    one worker or two, the bytes must be the same. Our matrices are small; it is no slower.
    """
    os.environ.update(dict.fromkeys(_BLAS, "1"))


def compute_on_one_thread() -> None:
    """Let everything use one thread: as many workers as cores then do not fight."""
    add_in_one_order()
    os.environ.update(dict.fromkeys(_OTHERS, "1"))
