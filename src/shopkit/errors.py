"""The error tree: an expected failure has a stable code, plain words with the fix, an exit code."""

from __future__ import annotations

from enum import IntEnum

from shopkit import messages


class ExitCode(IntEnum):
    """What the shell sees."""

    OK = 0
    FAULT = 1  # a bug
    USAGE = 2
    REFUSED = 3  # input refused, nothing written
    SOME_FAILED = 4
    FOR_REVIEW = 5  # only with --fail-on review
    MISSING = 6  # an engine, a model or a key
    LOCKED = 75  # another run holds the lock
    INTERRUPTED = 130
    TERMINATED = 143


class ShopkitError(Exception):
    """An expected failure: a reason code of ``data/messages/*/reasons.toml`` and its values.

    >>> str(InputRefused("image_missing", path="a.jpg"))
    """

    exit_code = ExitCode.FAULT

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process, values and all."""
        return _rebuild, (type(self), self.code, self.values)

    @property
    def say(self) -> str:
        """What is wrong, in the language in use."""
        return messages.reason(self.code, **self.values)[0]

    @property
    def fix(self) -> str:
        """What to do about it; may be empty."""
        return messages.reason(self.code, **self.values)[1]

    def __str__(self) -> str:
        return messages.advice(self.code, **self.values)


class UsageFault(ShopkitError):
    """The command line or a setting is wrong."""

    exit_code = ExitCode.USAGE


class InputRefused(ShopkitError):
    """A file or row cannot be worked on. Inside a batch it fails that row only."""

    exit_code = ExitCode.REFUSED


class EngineMissing(ShopkitError):
    """A named engine, model or key is not there."""

    exit_code = ExitCode.MISSING


class Locked(ShopkitError):
    """Another run works on the same output folder."""

    exit_code = ExitCode.LOCKED


def _rebuild(kind: type[ShopkitError], code: str, values: dict[str, object]) -> ShopkitError:
    return kind(code, **values)
