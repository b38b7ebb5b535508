"""Picture files as merchants have them, made on the spot: profiles, depths, animations."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))  # SMPTE EG 432-1
D65 = (0.3127, 0.3290)
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_D50 = np.array([0.9642, 1.0, 0.8249])


def to_xyz(primaries):
    """Linear RGB of a colour space with white D65 to XYZ (D65)."""
    corners = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
    return corners * np.linalg.solve(corners, white)


def profile(primaries, name):
    """An ICC v2 matrix profile with sRGB's tone curve, bytes (ICC.1:2001-04)."""
    matrix = to_xyz(primaries)
    cone = _BRADFORD @ matrix.sum(axis=1)
    adapted = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _D50) / cone) @ _BRADFORD @ matrix
    steps = np.linspace(0, 1, 1024)
    curve = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    curve = b"curv" + struct.pack(">II", 0, 1024) + np.round(curve * 65535).astype(">u2").tobytes()
    words = name.encode() + b"\0"
    words = b"desc" + struct.pack(">II", 0, len(words)) + words + bytes(78)
    tags = {b"desc": words, b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": _xyz(_D50)}
    tags |= {tag: _xyz(adapted[:, i]) for i, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + _xyz(_D50)[8:]
    return head.ljust(128, b"\0") + table + body


def apng(frames):
    """An animated PNG of ``frames`` grey levels."""
    pictures = [Image.new("L", (4, 3), level) for level in frames]
    out = io.BytesIO()
    pictures[0].save(out, "PNG", save_all=True, append_images=pictures[1:])
    return out.getvalue()


def bomb(width, height):
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def _xyz(values):
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(float(v) * 65536)) for v in values)
