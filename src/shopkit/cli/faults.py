"""What a failure looks like: one plain message with its fix, the exit code, the JSON envelope."""

from __future__ import annotations

from shopkit import messages
from shopkit.cli import console
from shopkit.errors import ExitCode, InputRefused, ShopkitError, UsageFault


def report(error: BaseException) -> int:
    """Tell what went wrong and return the exit code; an unexpected fault goes to the log."""
    known = _known(error)
    if console.as_json():
        problem = {"code": known.code, "message": known.say, "fix": known.fix}
        name = console.command_name()
        console.envelope(name, status="failed", exit_code=known.exit_code, errors=[problem])
    console.complain(messages.text("app.fault.line", say=known.say))
    if known.fix:
        console.complain(f"  {known.fix}")
    return int(known.exit_code)


def _known(error: BaseException) -> ShopkitError:
    """Return ``error`` as one of ours."""
    import typer

    from shopkit.runtime.attempt import DISK_FULL

    if isinstance(error, ShopkitError):
        return error
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return InputRefused("disk_full", path=error.filename or "")
    if isinstance(error, MemoryError):
        return InputRefused("memory_short")
    if isinstance(error, typer.TyperException):
        called = f"shopkit {console.command_name()}".strip()
        return UsageFault("usage_wrong", message=error.format_message(), command=called)
    return _unexpected(error)


def _unexpected(error: BaseException) -> ShopkitError:
    """Write the traceback to the log and say in one line what happened and where the log is."""
    import logging
    import traceback

    from shopkit.runtime import logs

    logs.open_log()
    logging.getLogger("shopkit").error("shopkit %s", console.command_name(), exc_info=error)
    if console.verbose():
        console.complain(logs.masked("".join(traceback.format_exception(error))))
    words = logs.masked(f"{type(error).__name__}: {error}")
    return ShopkitError("unexpected_fault", error=words, log=logs.log_file())


def interrupted(code: ExitCode) -> int:
    """Tell that the run was stopped and can go on."""
    words = messages.text("app.fault.interrupted")
    if console.as_json():
        problem = {"code": "interrupted", "message": words, "fix": ""}
        name = console.command_name()
        console.envelope(name, status="stopped", exit_code=code, errors=[problem])
    console.complain(words)
    return int(code)
