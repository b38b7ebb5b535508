"""The U-2-Net family run by onnxruntime directly: rembg's masks without its slow start."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shopkit.engines import weights
from shopkit.engines.contracts import Probability
from shopkit.errors import EngineMissing

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

SIDE = 320
MODELS = ("u2netp", "u2net", "silueta", "u2net_human_seg")
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class U2net:
    """One loaded model of the family. The same picture gives the same bytes on any thread count."""

    name = "rembg"

    def __init__(self, path: Path, model: str, licence: str) -> None:
        self.model, self.licence = model, licence
        self._session = _session(path)

    def find(self, rgb: NDArray[np.uint8]) -> Probability:
        """Return (320, 320) probabilities, stretched to 0..1 as U-2-Net's authors and rembg do."""
        entry = self._session.get_inputs()[0].name
        first = self._session.get_outputs()[0].name
        raw = self._session.run([first], {entry: _tensor(rgb)})[0][0, 0]
        stretched: Probability = (raw - raw.min()) / np.maximum(raw.max() - raw.min(), 1e-6)
        return stretched


def load(*, model: str, model_path: Path | None, licence: str) -> U2net:
    """The engine for a model of the family, from ``model_path`` or from where models lie.

    Raises EngineMissing ``model_missing`` (with the line that gets it) or ``model_path_missing``.
    """
    if model_path is not None and not model_path.is_file():
        raise EngineMissing("model_path_missing", path=model_path)
    path = model_path or weights.find_model(model)
    if path is None:
        raise EngineMissing("model_missing", model=model, home=weights.model_home())
    return U2net(path.resolve(), model, licence)


@cache
def _session(path: Path) -> InferenceSession:
    """Load a model once per process: no spinning threads, and no memory that only it can use.

    Its arena would hold 250 MB between two looks, and laid out by pattern twice that; what malloc
    keeps (``keep_memory``) serves the net and the arrays of a swap in turn.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def _threads() -> int:
    """As many as the process may take: one in a worker beside others, else all cores."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdecimal() and int(told) else os.cpu_count() or 1


def _tensor(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The net's input (1, 3, 320, 320), worked out in rembg's order so that bytes agree."""
    small = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    values = np.asarray(small) / max(int(np.asarray(small).max()), 1e-6)
    scaled = (values - np.array(_MEAN)) / np.array(_STD)
    tensor: NDArray[np.float32] = scaled.transpose(2, 0, 1)[None].astype(np.float32)
    return tensor
