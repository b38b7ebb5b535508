"""Settings: option over environment over ``shopkit.toml`` over default, each with its source."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeGuard

from shopkit.errors import UsageFault
from shopkit.messages import LANGUAGES
from shopkit.runtime.state import State

FILE = "shopkit.toml"
DEFAULTS: dict[str, str | int] = {
    "store": "",
    "platform": "generic",
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "language": "",  # empty: the locale's
    "jobs": 0,  # 0: as many as there are processor cores
    "engines.cutout": "auto",
    "engines.edit_url": "",
    "engines.edit_model": "",
}
ENVIRONMENT = {key: "SHOPKIT_" + key.removeprefix("engines.").upper() for key in DEFAULTS}
ENVIRONMENT["language"] = "SHOPKIT_LANG"
_KEY_LIKE = ("api_key", "apikey", "secret", "token", "password")


@dataclass(frozen=True)
class Baseline:
    """Minutes one item of a task takes by hand; nobody named in ``measured_by``: assumed."""

    minutes: float
    measured_by: str = ""


@dataclass(frozen=True)
class Settings:
    """What holds for this run. ``sources`` says for every key where its value comes from."""

    store: str
    platform: str
    currency: str
    time_zone: str
    language: str
    jobs: int
    cutout: str
    edit_url: str
    edit_model: str
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, tuple[str | int, str]]:
        """Key -> (value, source), for ``doctor``."""
        return {
            key: (getattr(self, key.removeprefix("engines.")), self.sources[key])
            for key in DEFAULTS
        }

    @property
    def folder(self) -> Path | None:
        """The shop's folder (where shopkit.toml lies), if there is one."""
        return self.file.parent if self.file else None

    @property
    def state_path(self) -> Path:
        """Where done jobs, the review queue and the ledger live."""
        return self.file.parent / ".shopkit" / "state.db" if self.file else State.default_path()


def load_settings(
    options: Mapping[str, str | int | float | None] | None = None,
    *,
    start: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Gather the settings for a run from working folder ``start`` (the current one by default).

    ``options`` are keys of DEFAULTS as given on the command line; None counts as not given.
    Raises UsageFault for an unreadable file, an unknown key, a wrong value or a secret in the
    file.
    """
    file = find_file(start)
    content = _read(file) if file else {}
    baselines = _section("baselines", content, file)
    files = _section("files", content, file)
    env = os.environ if environment is None else environment
    layers = [
        _Layer("option", {k: v for k, v in (options or {}).items() if v is not None}),
        _Layer("environment", {k: env[name] for k, name in ENVIRONMENT.items() if env.get(name)}),
        _Layer(str(file), _flat(content, file)),
        _Layer("default", DEFAULTS),
    ]
    chosen = {key: next(layer for layer in layers if key in layer.values) for key in DEFAULTS}
    values: dict[str, Any] = {key: layer.value(key) for key, layer in chosen.items()}
    return Settings(
        **{key.removeprefix("engines."): value for key, value in values.items()},
        baselines={task: _baseline(task, baselines, file) for task in list(baselines)},
        files={name: _text(f"files.{name}", value, str(file)) for name, value in files.items()},
        file=file,
        sources={key: layer.source(key) for key, layer in chosen.items()},
    )


@dataclass(frozen=True)
class _Layer:
    """One of the four places a value can come from."""

    name: str
    values: Mapping[str, Any]

    def source(self, key: str) -> str:
        return ENVIRONMENT[key] if self.name == "environment" else self.name

    def value(self, key: str) -> str | int:
        if isinstance(DEFAULTS[key], int):
            return int(_number(key, self.values[key], self.source(key), whole=True))
        told = _text(key, self.values[key], self.source(key))
        if key == "language" and self.source(key).endswith(FILE) and told not in ("", *LANGUAGES):
            known = ", ".join(LANGUAGES)
            raise UsageFault(
                "setting_value_unknown", key=key, value=told, source=self.source(key), known=known
            )
        return told


def find_file(start: Path | None = None) -> Path | None:
    """Return the ``shopkit.toml`` of ``start`` or of the nearest folder above it."""
    here = (start or Path.cwd()).resolve()
    found = (folder / FILE for folder in (here, *here.parents))
    return next((file for file in found if file.is_file()), None)


def language_of_folder(start: Path | None = None) -> str:
    """Return the language that shopkit.toml names, or nothing; never fails (help needs it)."""
    try:
        file = find_file(start)
        return str(_read(file).get("language", "")) if file else ""
    except (UsageFault, OSError):
        return ""


def endpoint_key(environment: Mapping[str, str] | None = None) -> str:
    """Return the key of the model endpoint, from the environment only; empty if there is none."""
    env = os.environ if environment is None else environment
    return env.get("SHOPKIT_OPENAI_API_KEY") or env.get("OPENAI_API_KEY") or ""


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageFault("settings_unreadable", path=file, why=error) from None


def _section(name: str, content: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """Take the table ``[name]`` out of ``content``."""
    section = content.pop(name.rpartition(".")[2], {})
    if not isinstance(section, dict):
        raise UsageFault("setting_not_table", key=name, path=file)
    return section


def _flat(content: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """Return the entries as dotted keys; every one of them is known."""
    engines = _section("engines", content, file)
    flat = content | {f"engines.{name}": value for name, value in engines.items()}
    for key in flat:
        _check_known(key, [*DEFAULTS, "baselines", "files"], file)
    return flat


def _baseline(task: str, baselines: dict[str, Any], file: Path | None) -> Baseline:
    """``[baselines.image_swap]`` with ``minutes`` and ``measured_by``."""
    name, source = f"baselines.{task}", str(file)
    entry = _section(name, baselines, file)
    for key in entry:
        _check_known(f"{name}.{key}", [f"{name}.minutes", f"{name}.measured_by"], file)
    return Baseline(
        minutes=_number(f"{name}.minutes", entry.get("minutes"), source, whole=False),
        measured_by=_text(f"{name}.measured_by", entry.get("measured_by", ""), source),
    )


def _check_known(key: str, known: list[str], file: Path | None) -> None:
    if any(part in key.lower() for part in _KEY_LIKE):
        raise UsageFault("setting_is_secret", key=key, path=file)
    if key not in known:
        nearest = get_close_matches(key, known, n=1, cutoff=0)
        raise UsageFault("setting_unknown", key=key, path=file, nearest=nearest[0])


def _text(key: str, value: object, source: str) -> str:
    if isinstance(value, str):
        return value
    raise UsageFault("setting_not_text", key=key, value=value, source=source)


def _number(key: str, value: object, source: str, *, whole: bool) -> float:
    """Return 0 or more; the environment gives numbers as text."""
    amount = float(value) if isinstance(value, int | float) or _is_decimal(value) else -1.0
    wrong = isinstance(value, bool) or not 0 <= amount < float("inf")
    if wrong or (whole and amount % 1):
        raise UsageFault("setting_not_number", key=key, value=value, source=source)
    return amount


def _is_decimal(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.replace(".", "", 1).isdecimal()
