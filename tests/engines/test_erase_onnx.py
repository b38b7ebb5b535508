"""A real, tiny ONNX inpainting model, written byte by byte, run by the real onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shopkit.engines.erase_onnx import OnnxEraser
from shopkit.errors import EngineMissing

GREEN = (0.2, 0.6, 0.2)
Shape = tuple[int | str, ...]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, value: int | str | bytes) -> bytes:
    """One protobuf field: a number, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: list[str], output: str) -> bytes:
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)


def _constant(name: str, values: list[float], shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_field(1, side) for side in shape)
    raw = np.array(values, np.float32).tobytes()
    return dims + _field(2, 1) + _field(8, name) + _field(9, raw)


def _value(name: str, shape: Shape) -> bytes:
    dims = b"".join(
        _field(1, _field(1, side) if isinstance(side, int) else _field(2, side)) for side in shape
    )
    tensor = _field(1, 1) + _field(2, dims)
    return _field(1, name) + _field(2, _field(1, tensor))


def write_model(path: Path, *, size: Shape = ("h", "w"), scale: float = 1.0) -> Path:
    """A model that paints every hole green: picture * (1 - mask) + mask * green, times scale."""
    nodes = [
        _node("Sub", ["one", "mask"], "known"),
        _node("Mul", ["image", "known"], "kept"),
        _node("Mul", ["mask", "green"], "painted"),
        _node("Add", ["kept", "painted"], "whole"),
        _node("Mul", ["whole", "scale"], "output"),
    ]
    constants = [
        _constant("one", [1.0], (1,)),
        _constant("green", list(GREEN), (1, 3, 1, 1)),
        _constant("scale", [scale], (1,)),
    ]
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, "green")
    graph += b"".join(_field(5, constant) for constant in constants)
    graph += _field(11, _value("image", (1, 3, *size))) + _field(11, _value("mask", (1, 1, *size)))
    graph += _field(12, _value("output", (1, 3, *size)))
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 17)))
    return path


def _picture() -> tuple[np.ndarray, np.ndarray]:
    rgb = np.full((90, 130, 3), 150, np.uint8)
    hole = np.zeros((90, 130), np.bool_)
    hole[30:60, 40:90] = True
    return rgb, hole


@pytest.mark.parametrize("size", [("h", "w"), (64, 64)])
@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_the_hole_is_painted_by_the_model_and_nothing_else(
    tmp_path: Path, size: Shape, scale: float
) -> None:
    rgb, hole = _picture()
    model = write_model(tmp_path / "green.onnx", size=size, scale=scale)
    out = OnnxEraser(model).fill(rgb, hole)
    assert (out[~hole] == 150).all()
    assert np.abs(out[45, 65].astype(int) - (51, 153, 51)).max() <= 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing) as caught:
        OnnxEraser(tmp_path / "none.onnx")
    assert caught.value.code == "erase_model_missing"
    assert "none.onnx" in str(caught.value)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("not a model")
    with pytest.raises(EngineMissing) as caught:
        OnnxEraser(path)
    assert caught.value.code == "erase_model_unfit"


def test_a_model_without_a_mask_is_refused(tmp_path: Path) -> None:
    graph = _field(1, _node("Identity", ["image"], "output")) + _field(2, "same")
    graph += _field(11, _value("image", (1, 3, 8, 8))) + _field(12, _value("output", (1, 3, 8, 8)))
    path = tmp_path / "same.onnx"
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(2, 17)))
    with pytest.raises(EngineMissing, match="one picture and one mask"):
        OnnxEraser(path)


def test_a_model_that_repaints_known_pixels_is_refused(tmp_path: Path) -> None:
    rgb, hole = _picture()
    model = write_model(tmp_path / "dark.onnx", scale=0.5)
    with pytest.raises(EngineMissing, match="not to be filled"):
        OnnxEraser(model).fill(rgb, hole)
