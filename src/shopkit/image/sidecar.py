"""The side-car of a swap: what was done to which pixels, how well, by what; ``<out>.json``.

The JSON has the keys of the classes below in the order they are written here. No clock, no
absolute path: the same inputs give the same bytes. Figures have 8 significant digits; a figure
that was not measured is null, never 0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from shopkit.errors import InputRefused
from shopkit.image.picture import Box, Mask, Picture
from shopkit.runtime.job import Figure, Status

SCHEMA = 1
"""Number of this layout; a reader refuses a greater one."""

Xywh = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Input:
    """A file that went in.

    role: "scene", "product", "old", "mask" or "template"; name: the file's name without folders;
    sha256: of the file's bytes; size: width and height in px after EXIF rotation; notes: what
    reading changed (see Picture.notes).
    """

    role: str
    name: str
    sha256: str
    size: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, role: str, picture: Picture) -> Input:
        """The entry of an opened picture."""
        return cls(role, picture.path.name, picture.sha256, picture.size, picture.notes)


@dataclass(frozen=True, slots=True)
class EngineUsed:
    """Something that did a part of the work.

    job: "matte", "old_mask", "locate", "remove" or "edit"; name: the engine; model and
    model_sha256: the weights, where it has any; licence: of the model, else of the engine; why:
    "named" where the user chose it, else what made ``auto`` choose it.
    """

    job: str
    name: str
    model: str = ""
    model_sha256: str = ""
    licence: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one product was put, and how that was known.

    product: index among the inputs of role "product"; by: the evidence ("mask", "box", "point",
    "old", "template" or "salient"); certainty: 0..1; old_box and new_box: x, y, width, height in
    scene px, of the old product and of the new one; scale: scene px per product px; rotation:
    degrees, counter-clockwise; stretch: width scale over height scale, 1 = true shape; mirrored:
    left and right swapped; homography: product px to scene px, row by row, where one was found.
    """

    product: int
    by: str
    certainty: float
    old_box: Xywh
    new_box: Xywh
    scale: float
    rotation: float = 0.0
    stretch: float = 1.0
    mirrored: bool = False
    homography: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """The declared region: every pixel outside it is the scene's, bit for bit.

    box: x, y, width, height in scene px, tight; pixels: how many belong to it; share: of the
    whole scene, 0..1; runs: the exact mask inside ``box`` as run lengths, row after row without a
    break, alternately outside and inside, the first outside (may be 0), separated by blanks.
    """

    box: Xywh
    pixels: int
    share: float
    runs: str

    @classmethod
    def of(cls, mask: Mask) -> Region:
        """Describe an (H, W) mask; an empty one has a box of zeros and no runs."""
        box = Box.around(mask)
        if box is None:
            return cls((0, 0, 0, 0), 0, 0.0, "")
        flat = mask[box.slices].ravel()
        turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        lengths = np.diff(np.concatenate(([0], turns, [flat.size])))
        start = [0] if flat[0] else []
        runs = " ".join(map(str, [*start, *lengths.tolist()]))
        pixels = int(np.count_nonzero(flat))
        return cls((box.x, box.y, box.w, box.h), pixels, pixels / mask.size, runs)

    def mask(self, size: tuple[int, int]) -> Mask:
        """The exact mask in a scene of ``size`` (width, height), as (H, W) booleans.

        Raises ValueError where the runs do not fill the box or the box is not in the scene.
        """
        whole = np.zeros((size[1], size[0]), np.bool_)
        box = Box(*self.box)
        if self.pixels:
            lengths = np.array(self.runs.split(), np.int64)
            inside = np.arange(len(lengths)) % 2 == 1
            whole[box.slices] = np.repeat(inside, lengths).reshape(box.h, box.w)
        return whole


@dataclass(frozen=True, slots=True)
class Scores:
    """How well it went; shares and agreements 0..1, ΔE is ΔE2000, null = not measured.

    confidence: that a person would say ok; place_certainty: that the old product was found;
    matte_agreement: IoU between the engines' mattes of the new product; old_mask_agreement: the
    same for the old product's mask; delta_e_visible: median over the product's inside, output
    against its own resampled photo; delta_e_own: the same with the one light divided out again;
    hue_shift: largest turn of a hue with the light divided out, degrees; edge: mean step across
    the product's outline that its photo does not have, in levels 0..255 (a seam is high);
    uncovered_share: of the old product's area, what the new one does not cover;
    uncovered_texture: standard deviation of the ground around it, levels 0..255; skin_share: of
    the uncovered area, what looks like skin; upscale: largest enlargement of the product photo,
    1 = none.
    """

    confidence: float | None = None
    place_certainty: float | None = None
    matte_agreement: float | None = None
    old_mask_agreement: float | None = None
    delta_e_visible: float | None = None
    delta_e_own: float | None = None
    hue_shift: float | None = None
    edge: float | None = None
    uncovered_share: float | None = None
    uncovered_texture: float | None = None
    skin_share: float | None = None
    upscale: float | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """The one light put on the product.

    mode: "exact" (none) or "adapt"; source: "old" (the old product's own photo against its look
    in the scene), "scene" or "none"; certainty: 0..1; gain: factor on linear red, green, blue,
    1 = unchanged; field: slow shading on top of it, factors row by row over an even grid of
    field_size (columns, rows) on the product's box; max_delta_e: the cap asked for; clipped: how
    much of the light the cap took away, 0..1.
    """

    mode: Literal["exact", "adapt"] = "exact"
    source: Literal["old", "scene", "none"] = "none"
    certainty: float | None = None
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    field: tuple[float, ...] = ()
    field_size: tuple[int, int] = (0, 0)
    max_delta_e: float | None = None
    clipped: float = 0.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """The product's shadow and reflection in the scene.

    kind: "contact", "cast" or "none"; direction: degrees, 0 = to the right, 90 = up; softness:
    px of blur; strength: share of light taken away at the contact, 0..1; reflection: strength of
    the mirror image on the ground, 0..1.
    """

    kind: Literal["contact", "cast", "none"] = "none"
    direction: float | None = None
    softness: float | None = None
    strength: float | None = None
    reflection: float = 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """The mark of AI origin that the output carries (see provenance.py).

    generated: a generative model made pixels of it, here or in an input; source_type: the IPTC
    address; labels: the AIGC labels, the output's own first; visible: words stand on the picture.
    """

    generated: bool = False
    source_type: str = ""
    labels: tuple[dict[str, str], ...] = ()
    visible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """All that is known of one swapped picture.

    schema: SCHEMA; tool: program and version; command; status: ok, review or failed; reason: a
    code of reasons.toml, values: what fills its sentence; warnings: codes that did not change the
    status; output: its file name; output_size: width and height in px; inputs; params: the
    options as used; engines; places and light: one for each product put in; region; scores;
    shadow; origin.
    """

    schema: int = SCHEMA
    tool: str
    command: str
    status: Status
    reason: str = ""
    values: dict[str, Figure] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    output: str
    output_size: tuple[int, int]
    inputs: tuple[Input, ...]
    params: dict[str, Figure] = field(default_factory=dict)
    engines: tuple[EngineUsed, ...] = ()
    places: tuple[Place, ...] = ()
    scores: Scores = Scores()
    light: tuple[Light, ...] = ()
    shadow: Shadow = Shadow()
    origin: Origin = Origin()
    region: Region  # last: its runs are long


def sidecar_path(out: Path) -> Path:
    """Where the side-car of a picture lies: ``shoe.png`` has ``shoe.png.json``."""
    return out.with_name(out.name + ".json")


def write_sidecar(path: Path, sidecar: Sidecar) -> None:
    """Write it as UTF-8 JSON with a stable order. Raises ValueError for NaN or infinity."""
    words = json.dumps(_plain(asdict(sidecar)), ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(words + "\n", encoding="utf-8", newline="\n")


def read_sidecar(path: Path) -> Sidecar:
    """Read one back.

    Raises InputRefused ``sidecar_missing``, ``sidecar_broken`` (not JSON, or a key is missing or
    of the wrong kind) or ``sidecar_newer`` (written by a later version).
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        words = path.read_text(encoding="utf-8")
        schema = json.loads(words).get("schema")
    except FileNotFoundError:
        raise InputRefused("sidecar_missing", path=path.name) from None
    except (OSError, ValueError, AttributeError) as error:
        raise InputRefused("sidecar_broken", path=path.name, error=str(error)) from None
    if isinstance(schema, int) and schema > SCHEMA:
        raise InputRefused("sidecar_newer", path=path.name, schema=schema)
    try:
        return TypeAdapter(Sidecar).validate_json(words)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputRefused("sidecar_broken", path=path.name, error=where) from None


def _plain(value: object) -> object:
    """Python's own scalars for numpy's, floats of 8 digits; containers all the way down."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return float(f"{value:.8g}") + 0.0 if isinstance(value, float) else value  # no -0.0
