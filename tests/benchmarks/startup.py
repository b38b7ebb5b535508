"""Start-up cost: ``shopkit --help`` against a bare typer hello, in CPU seconds of one run.

    python tests/benchmarks/startup.py [rounds]

Prints the median of each and its ratio to the hello; the goal for ``--help`` is 1.25 at most.
"""

import resource
import statistics
import subprocess
import sys

HELLO = """
import typer
app = typer.Typer()

@app.command()
def hello(name: str = "you") -> None:
    '''Say hello.'''

app()
"""
COMMANDS = {
    "typer hello --help": ["-c", HELLO, "--help"],
    "python -c pass": ["-c", "pass"],
    "shopkit --help": ["-m", "shopkit", "--help"],
    "shopkit --lang zh --help": ["-m", "shopkit", "--lang", "zh", "--help"],
    "shopkit --version": ["-m", "shopkit", "--version"],
    "shopkit image --help": ["-m", "shopkit", "image", "--help"],
}


def cpu_seconds(words: list[str]) -> float:
    """CPU time, user and system, of one run of Python with ``words``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):  # interleaved: a busy minute hits all alike
        for name, words in COMMANDS.items():
            taken[name].append(cpu_seconds(words))
    hello = statistics.median(taken["typer hello --help"])
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"{name:26} {median * 1000:5.0f} ms  x{median / hello:.2f}")


if __name__ == "__main__":
    main()
