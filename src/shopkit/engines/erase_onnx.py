"""Fill holes with an inpainting model of one's own, an ONNX file such as LaMa's export.

The file's own signature says how it is fed: one input of three channels (the picture, 0..1), one
of a single channel (the mask, 1 = fill), of a fixed size or any multiple of eight; out comes the
picture, 0..1 or 0..255. Whatever does not fit that, or does not leave known pixels about as they
are, is refused, never worked around.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from shopkit.errors import EngineMissing

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_LARGEST = 768  # px: longest side given to a model that takes any size
_STEP = 8
_CHANGED = 16.0  # grey levels: more change of known pixels means a model of another kind


class _Signature(NamedTuple):
    picture: str
    mask: str
    height: int  # 0 where any will do
    width: int


class OnnxEraser:
    """One inpainting model. Raises EngineMissing ``erase_model_missing``, ``erase_model_unfit``."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise EngineMissing("erase_model_missing", path=path)
        self.path = path
        self._session = _session(path.resolve())
        self._signature = self._read_signature()

    def fill(self, rgb: NDArray[np.uint8], hole: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """``rgb`` (H, W, 3) with the pixels of ``hole`` (H, W) as the model paints them."""
        height, width = hole.shape
        tall, wide = self._canvas(height, width)
        scale = min(tall / height, wide / width)
        inner = max(1, round(height * scale)), max(1, round(width * scale))
        small = cv2.resize(rgb, inner[::-1], interpolation=cv2.INTER_AREA)
        gap = cv2.resize(hole.astype(np.float32), inner[::-1], interpolation=cv2.INTER_AREA) > 0
        margin = ((0, tall - inner[0]), (0, wide - inner[1]))
        picture = np.pad(small, (*margin, (0, 0)), mode="edge").astype(np.float32) / np.float32(255)
        painted = self._painted(picture, np.pad(gap, margin))[: inner[0], : inner[1]]
        if float(np.abs(painted - small)[~gap].mean()) > _CHANGED:
            raise self._unfit("it changes what is not to be filled")
        full = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC)
        out = rgb.copy()
        out[hole] = np.clip(full[hole] + 0.5, 0, 255).astype(np.uint8)
        return out

    def _painted(self, picture: NDArray[np.float32], gap: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The model's picture, 0..255; what is to be filled is hidden from it."""
        hidden = np.where(gap[..., None], 0, picture).transpose(2, 0, 1)[None]
        feed = {
            self._signature.picture: np.ascontiguousarray(hidden, np.float32),
            self._signature.mask: gap[None, None].astype(np.float32),
        }
        out = np.asarray(self._session.run(None, feed)[0], np.float32)
        if out.shape != hidden.shape:
            raise self._unfit(f"its answer has the shape {out.shape}")
        return np.asarray(out[0].transpose(1, 2, 0) * (1 if out.max() > 2 else 255), np.float32)

    def _canvas(self, height: int, width: int) -> tuple[int, int]:
        """The size to give a picture to the model at."""
        if self._signature.height and self._signature.width:
            return self._signature.height, self._signature.width
        scale = min(1.0, _LARGEST / max(height, width))
        tall, wide = (_STEP * -(-round(side * scale) // _STEP) for side in (height, width))
        return self._signature.height or tall, self._signature.width or wide

    def _read_signature(self) -> _Signature:
        inputs = {
            int(entry.shape[1]): entry
            for entry in self._session.get_inputs()
            if entry.type == "tensor(float)" and len(entry.shape) == 4 and entry.shape[1] in (1, 3)
        }
        if set(inputs) != {1, 3} or len(self._session.get_inputs()) != 2:
            raise self._unfit("it does not take one picture and one mask")
        tall, wide = (side if isinstance(side, int) else 0 for side in inputs[3].shape[2:])
        return _Signature(inputs[3].name, inputs[1].name, tall, wide)

    def _unfit(self, why: str) -> EngineMissing:
        return EngineMissing("erase_model_unfit", path=self.path, why=why)


@cache
def _session(path: Path) -> InferenceSession:
    """Load a model once per process."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as faults

    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except (faults.InvalidProtobuf, faults.InvalidGraph, faults.Fail) as fault:
        raise EngineMissing("erase_model_unfit", path=path, why="it cannot be loaded") from fault
