"""The program ``shopkit`` as a process of its own: its script, and ``python -m shopkit``."""

import gc
import sys

from shopkit.cli.app import main

_NEW = 50_000  # objects made between two looks for those that nobody needs


def run() -> int:
    """Run the program; return its exit code.

    What was loaded stays to the end and goes with the process: to look through it for garbage,
    while loading and once more on the way out, was a fifth of a short run.
    """
    gc.set_threshold(_NEW)
    try:
        return main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(run())
