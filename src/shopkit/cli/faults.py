"""What a failure looks like: one plain message with its fix, the exit code, the JSON envelope."""

from __future__ import annotations

from shopkit import messages
from shopkit.cli import console
from shopkit.errors import ExitCode, ShopkitError, UsageFault


def report(error: BaseException, command: str) -> int:
    """Tell what went wrong and return the exit code; an unexpected fault goes to the log."""
    known = _known(error, command)
    if console.as_json():
        problem = {"code": known.code, "message": known.say, "fix": known.fix}
        console.envelope(command, status="failed", exit_code=known.exit_code, errors=[problem])
    console.complain(messages.text("app.fault.line", say=known.say))
    if known.fix:
        console.complain(f"  {known.fix}")
    return int(known.exit_code)


def _known(error: BaseException, command: str) -> ShopkitError:
    """Return ``error`` as one of ours."""
    import typer

    if isinstance(error, ShopkitError):
        return error
    if isinstance(error, typer.TyperException):
        path = getattr(getattr(error, "ctx", None), "command_path", "shopkit")
        return UsageFault("usage_wrong", message=error.format_message(), command=path)
    return _unexpected(error, command)


def _unexpected(error: BaseException, command: str) -> ShopkitError:
    """Write the traceback to the log and say in one line what happened and where the log is."""
    import logging

    from shopkit.runtime import logs

    logs.open_log()
    logging.getLogger("shopkit").error("shopkit %s", command, exc_info=error)
    words = logs.masked(f"{type(error).__name__}: {error}")
    return ShopkitError("unexpected_fault", error=words, log=logs.log_file())


def interrupted(command: str, code: ExitCode) -> int:
    """Tell that the run was stopped and can go on."""
    words = messages.text("app.fault.interrupted")
    if console.as_json():
        problem = {"code": "interrupted", "message": words, "fix": ""}
        console.envelope(command, status="failed", exit_code=code, errors=[problem])
    console.complain(words)
    return int(code)
