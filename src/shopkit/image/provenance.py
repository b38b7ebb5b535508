"""Marks of AI origin in a picture: read them, write them, carry them on; never take one away.

Two marks, both in the picture's XMP packet:

* ``TC260:AIGC``, the implicit label of China's Measures for Labelling AI-Generated Synthetic
  Content (CAC and others, in force 2025-09-01, articles 5 and 10;
  https://www.cac.gov.cn/2025-03/14/c_1743654684782215.htm). Its fields are those of
  GB 45438-2025, annex E; its place in a picture that of the guide TC260-PG-20259A, clause 6
  (https://www.tc260.org.cn/front/postDetail.html?id=20250828165129). Read 2026-11.
* ``Iptc4xmpExt:DigitalSourceType``, IPTC Photo Metadata Standard 2025.1 with the vocabulary
  http://cv.iptc.org/newscodes/digitalsourcetype/ (2024-10). Read 2026-11.

The visible label follows GB 45438-2025, 5.2: words with both "AI" and "生成" or "合成", at an
edge or corner, letters at least 5 % of the picture's shorter side high.
"""

from __future__ import annotations

import io
import json
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from shopkit import messages
from shopkit.image.lettering import can_show, write_words
from shopkit.image.picture import Rgb
from shopkit.image.read import FORMATS
from shopkit.image.sidecar import Origin

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Label = Mapping[str, str]
"""One AIGC label: field name to value, as annex E names them."""

FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = _VOCABULARY + "trainedAlgorithmicMedia"
"""The whole picture came out of a trained model."""
COMPOSITE = _VOCABULARY + "compositeWithTrainedAlgorithmicMedia"
"""A trained model made a part of it, as with inpainting."""
_AI_TYPES = frozenset(
    _VOCABULARY + name
    for name in (
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
        "algorithmicMedia",
    )
)

_NS = {
    "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_C2PA = bytes.fromhex("6332706100110010800000aa00389b71")  # the manifest store's UUID (C2PA 2.2)
_SAFE = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"\\%')  # annex E, j)
_LABEL_HEIGHT = 0.05
_EXIF_IFD, _USER_COMMENT, _DESCRIPTION = 0x8769, 0x9286, 0x010E


@dataclass(frozen=True, slots=True)
class Marks:
    """What a picture says of its AI origin.

    ``labels``: AIGC labels, the picture's own first, those of pictures it was made from after it.
    ``source_type``: the IPTC address, where it names AI. ``credentials``: it holds a signed C2PA
    manifest; that binds the file's very bytes, so no changed copy can keep it.
    """

    labels: tuple[Label, ...] = ()
    source_type: str = ""
    credentials: bool = False

    @property
    def generated(self) -> bool:
        """Whether it says that a generative model made pixels of it."""
        return bool(self.labels or self.source_type)

    def origin(self, *, visible: bool = False) -> Origin:
        """The side-car's entry."""
        labels = tuple(dict(label) for label in self.labels)
        return Origin(self.generated, self.source_type, labels, visible)


def made_by(producer: str, produce_id: str, *, whole: bool = False) -> Marks:
    """Marks for a picture that a generative model changed, or made ``whole``.

    ``producer`` is the provider's name or code, ``produce_id`` its number for this picture, which
    must not repeat. On first writing the two of propagation repeat them (annex E, note 1).
    Characters outside annex E j) are written %XX.
    """
    name, number = quote(producer, safe=_SAFE), quote(produce_id, safe=_SAFE)
    label = dict(zip(FIELDS, ("1", name, number, "", name, number, ""), strict=True))
    return Marks((label,), GENERATED if whole else COMPOSITE)


def carried(inputs: Iterable[Marks], own: Marks | None = None) -> Marks:
    """Marks of a picture made from marked ones, with its ``own`` where a model worked here too.

    A file holds one AIGC label only (GB 45438-2025, 6.1) and none may be altered: the first
    input's stays as it is, every other and our own stand behind it as sources. A part of AI makes
    the whole a composite; a picture made from one input keeps that one's source type.
    """
    found = list(inputs)
    every = [*found, *([own] if own else [])]
    labels = _unique(label for marks in every for label in marks.labels)
    types = [marks.source_type for marks in every if marks.source_type]
    return Marks(labels, types[0] if len(every) == 1 and types else COMPOSITE if types else "")


def read_marks(path: Path) -> Marks:
    """Read the marks of a picture file, wherever the guides let them stand.

    That is XMP, PNG text, and JSON in the EXIF comment or description. A file that is no picture
    has none; OSError where it cannot be read.
    """
    data = path.read_bytes()
    texts, packets = _texts_and_packets(data)
    trees = [tree for tree in map(_parsed, packets) if tree is not None]
    labels = [label for tree in trees for label in _labels_of(tree)]
    labels += [label for words in texts for label in _labels(words)]
    types = (value for tree in trees for value in _values(tree, "Iptc4xmpExt", "DigitalSourceType"))
    source_type = next((_http(value) for value in types if _http(value) in _AI_TYPES), "")
    return Marks(_unique(labels), source_type, _C2PA in data)


def xmp_packet(marks: Marks) -> str:
    """The XMP packet for ``write_picture(xmp=…)``; empty where there is nothing to say."""
    if not marks.generated:
        return ""
    spaces = " ".join(f"xmlns:{name}={quoteattr(address)}" for name, address in _NS.items())
    parts = [("Iptc4xmpExt:DigitalSourceType", marks.source_type)]
    if marks.labels:
        parts.append(("TC260:AIGC", _json(dict(marks.labels[0]))))
    if marks.labels[1:]:
        parts.append(("dc:source", _json([dict(label) for label in marks.labels[1:]])))
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts if value)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    )


def draw_label(rgb: Rgb, words: str = "") -> Rgb:
    """Return a copy with the visible label in the bottom right corner.

    ``words``: else those of the language in use, in English where the machine has no letters
    for them (Chinese platforms want the Chinese words).
    """
    words = words or messages.text("sheet.label.generated")
    if not can_show(words):
        words = messages.text("sheet.ascii.generated")
    shorter = min(rgb.shape[:2])
    away = -1 - round(shorter * 0.02)
    return write_words(rgb, words, (away, away), math.ceil(shorter * _LABEL_HEIGHT))


def _texts_and_packets(data: bytes) -> tuple[list[str], list[str]]:
    """What a picture file says in plain text fields, and its XMP packets."""
    image = _opened(data)
    if image is None:
        return [], []
    packets = [image.info[key] for key in ("xmp", "XML:com.adobe.xmp") if image.info.get(key)]
    texts = [image.info["AIGC"]] if image.info.get("AIGC") else []
    with suppress(OSError, SyntaxError, ValueError, TypeError, KeyError):
        exif = image.getexif()
        texts += [exif.get_ifd(_EXIF_IFD).get(_USER_COMMENT), exif.get(_DESCRIPTION)]
    return [_text(value) for value in texts if value], [_text(value) for value in packets]


def _opened(data: bytes) -> Image.Image | None:
    known = (*FORMATS, "HEIF") if "HEIF" in Image.OPEN else FORMATS
    with suppress(OSError, SyntaxError, ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(data), formats=known)
        tail = data[data.rfind(b"IDAT") :] if image.format == "PNG" else b""
        if any(kind in tail for kind in (b"tEXt", b"iTXt", b"zTXt")):
            image.load()  # Pillow reads what stands behind the pixels only then
        return image
    return None


def _text(value: object) -> str:
    if isinstance(value, bytes):
        # EXIF UserComment: 8 bytes that name the encoding, then the text (EXIF 2.32, 4.6.5)
        wide = value.startswith(b"UNICODE\0")
        body = value[8:] if wide or value.startswith((b"ASCII\0\0\0", b"\0" * 8)) else value
        return body.decode("utf-16" if wide else "utf-8", "replace").strip("\0 ")
    return str(value)


def _parsed(packet: str) -> Element | None:
    """The packet as a tree; None where it is not XML or defines entities, as XMP never does."""
    from xml.etree import ElementTree

    start, end = packet.find("<x:xmpmeta"), packet.rfind(">")
    inner = packet[max(start, 0) : end + 1]
    if "<!" in inner:
        return None
    try:
        return ElementTree.fromstring(inner)  # noqa: S314 - no entity can be defined, see above
    except ElementTree.ParseError:
        return None


def _values(tree: Element, space: str, name: str) -> Iterator[str]:
    """A property's values, written as an element or as an attribute."""
    key = f"{{{_NS[space]}}}{name}"
    for element in tree.iter():
        if element.tag == key and element.text:
            yield element.text.strip()
        if key in element.attrib:
            yield element.attrib[key].strip()


def _labels_of(tree: Element) -> Iterator[Label]:
    for space, name in (("TC260", "AIGC"), ("dc", "source")):
        for words in _values(tree, space, name):
            yield from _labels(words)


def _labels(words: str) -> Iterator[Label]:
    """AIGC labels in a JSON text: one, one under the key AIGC, or a list."""
    try:
        said = json.loads(words)
    except ValueError:
        return
    for each in said if isinstance(said, list) else [said]:
        label = each.get("AIGC", each) if isinstance(each, dict) else None
        if isinstance(label, dict) and any(name in label for name in FIELDS):
            yield {str(key): str(value) for key, value in label.items()}


def _unique(labels: Iterable[Label]) -> tuple[Label, ...]:
    seen: dict[str, Label] = {}
    for label in labels:
        seen.setdefault(_json(dict(label)), label)
    return tuple(seen.values())


def _http(address: str) -> str:
    return address.replace("https://", "http://", 1)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
