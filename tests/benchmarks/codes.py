"""A million coupon codes beside a bare numpy draw, and 100,000 random typing errors.

    python tests/benchmarks/codes.py [--codes 1000000] [--trials 100000] [--rounds 5]

The bare draw is os.urandom, rejection at 248, modulo 31, and the letters: the same random
characters, but no key, no check character, and nobody looks for duplicates. shopkit's run is
keyed, adds the check character, and finds duplicates within the batch and against an earlier
batch of the same size; what it writes to the state is timed apart. Both in this process, in
turns; CPU seconds, the best of the rounds.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shopkit.offers import code_store, codes
from shopkit.runtime.state import State

KEY = os.urandom(32)
LENGTH = 9


def bare(count: int) -> NDArray[np.uint8]:
    """Letters from os.urandom, nothing else."""
    letters = np.frombuffer(codes.LETTERS.encode(), np.uint8)
    raw = np.frombuffer(os.urandom(count * LENGTH * 31 // 30 + 64), np.uint8)
    symbols = (raw[raw < 248] % 31)[: count * LENGTH]
    return letters[symbols.reshape(count, LENGTH)]


def lone(count: int) -> codes.Texts:
    """shopkit's codes where no others are in use: key, check character, own duplicates."""
    found = codes.free(codes.draw(KEY, "lone", count, LENGTH), np.empty(0, np.int64))
    return codes.written(found)


class Writing:
    """The CPU time of all that is written to the state, the end of the transaction included."""

    def __init__(self) -> None:
        self.spent = 0.0
        write = State.write

        def timed(*given: object) -> int:
            begun = time.process_time()
            changed = write(*given)
            self.spent += time.process_time() - begun
            return changed

        State.write = timed


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def drawing(count: int, rounds: int) -> None:
    writing, spent = Writing(), {"bare": [], "lone": [], "after": [], "write": [], "again": []}
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder, State(Path(folder, "state.db")) as state:
            earlier = code_store.issue(state, KEY, f"earlier {number}", count, length=LENGTH)
            spent["bare"].append(seconds(lambda: bare(count)))
            spent["lone"].append(seconds(lambda: lone(count)))
            writing.spent, begun = 0.0, time.process_time()
            made = code_store.issue(state, KEY, f"later {number}", count, length=LENGTH)
            spent["after"].append(time.process_time() - begun - writing.spent)
            spent["write"].append(writing.spent)
            begun = time.process_time()
            again = code_store.issue(state, KEY, f"later {number}", count, length=LENGTH)
            spent["again"].append(time.process_time() - begun)
            told(earlier, made, again)
    best = {name: min(taken) for name, taken in spent.items()}
    words = {
        "bare": "bare draw",
        "lone": "keyed, check character, own duplicates",
        "after": "the same, and against an earlier batch of this size",
        "write": "write to the state (apart)",
        "again": "second run: the same codes from the state",
    }
    print("\n| | CPU s | x bare |\n|---|---|---|")
    for name, what in words.items():
        print(f"| {what} | {best[name]:.3f} | {best[name] / best['bare']:.2f} |")


def told(earlier: code_store.Codes, made: code_store.Codes, again: code_store.Codes) -> None:
    """What must hold, counted in another way than the code under test counts."""
    old, new = {code.lower() for code in earlier}, {code.lower() for code in made}
    fresh = codes.free(codes.draw(KEY, made.batch, len(made), LENGTH), np.empty(0, np.int64))
    alike = np.array_equal(codes.written(fresh), made.texts) or made.skipped > 0
    print(
        f"{len(new)} codes, {len(made) - len(new)} duplicates, {len(old & new)} of the earlier"
        f" batch, second run {'same' if list(again) == list(made) else 'OTHER'}, a bare state"
        f" {'same' if alike else 'OTHER'}, a guess hits with {made.chance:.1e}"
    )


def typing_errors(trials: int) -> None:
    chance, missed, swaps, missed_swaps = random.Random(1), 0, 0, 0
    made = codes.lines(codes.written(codes.draw(KEY, "trials", trials, LENGTH)))
    for code in made:
        place = chance.randrange(len(code))
        wrong = chance.choice([letter for letter in codes.LETTERS if letter != code[place]])
        missed += codes.is_valid(code[:place] + wrong + code[place + 1 :])
        place = chance.randrange(len(code) - 1)
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            swaps += 1
            missed_swaps += codes.is_valid(swapped)
    print(f"\n{trials} substitutions, {missed} missed; {swaps} swaps, {missed_swaps} missed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    drawing(chosen.codes, chosen.rounds)
    typing_errors(chosen.trials)


if __name__ == "__main__":
    main()
