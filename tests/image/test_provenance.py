"""Marks of AI origin are written where the rules want them, read wherever they stand, kept."""

import io
import json

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from shopkit import messages
from shopkit.image import lettering
from shopkit.image.provenance import (
    COMPOSITE,
    GENERATED,
    Marks,
    carried,
    draw_label,
    made_by,
    read_marks,
    xmp_packet,
)
from shopkit.image.write import write_picture

GREY = np.full((40, 60, 3), 128, np.uint8)
OURS = made_by("shopkit", "3f2a")
OTHERS = {"Label": "1", "ContentProducer": "doubao", "ProduceID": "f123", "PropagateID": "f123"}


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_marks_come_back_from_every_format_we_write(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_picture(path, GREY, xmp=xmp_packet(OURS))
    assert read_marks(path) == OURS


def test_the_label_has_the_seven_fields_of_annex_e():
    assert OURS.labels == (
        {
            "Label": "1",
            "ContentProducer": "shopkit",
            "ProduceID": "3f2a",
            "ReservedCode1": "",
            "ContentPropagator": "shopkit",
            "PropagateID": "3f2a",
            "ReservedCode2": "",
        },
    )
    assert OURS.source_type == COMPOSITE
    assert made_by("a", "b", whole=True).source_type == GENERATED


def test_only_characters_of_annex_e_are_written():
    label = made_by('小店 "A"\\50%', "1").labels[0]
    assert label["ContentProducer"] == "%E5%B0%8F%E5%BA%97%20%22A%22%5C50%25"


def test_the_packet_is_xml_that_holds_the_json_as_text(tmp_path):
    from xml.etree import ElementTree

    packet = xmp_packet(made_by("<&'", "1"))
    body = ElementTree.fromstring(packet[packet.index("<x:") : packet.rindex("<?")])
    aigc = body.find(".//{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC")
    assert json.loads(aigc.text)["ContentProducer"] == "<&'"


def test_nothing_to_say_is_no_packet_and_no_marks(tmp_path):
    assert xmp_packet(Marks()) == ""
    assert xmp_packet(Marks(credentials=True)) == ""
    write_picture(tmp_path / "a.png", GREY)
    assert read_marks(tmp_path / "a.png") == Marks()
    (tmp_path / "a.txt").write_text("AIGC")
    assert read_marks(tmp_path / "a.txt") == Marks()


def xmp_with(inner, attributes=""):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/" '
        'xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f"{attributes}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def png_with_text(path, key, words, behind_the_pixels=False):
    info = PngImagePlugin.PngInfo()
    info.add_text(key, words)
    made = io.BytesIO()
    Image.fromarray(GREY).save(made, "PNG", pnginfo=info)
    data = made.getvalue()
    if behind_the_pixels:
        start = data.index(b"tEXt") - 4
        size = 12 + int.from_bytes(data[start : start + 4], "big")
        chunk, rest = data[start : start + size], data[:start] + data[start + size :]
        data = rest[:-12] + chunk + rest[-12:]
    path.write_bytes(data)


def jpeg_with_exif(path, tag, words):
    exif = Image.Exif()
    if tag == 0x9286:
        exif.get_ifd(0x8769)[tag] = words
    else:
        exif[tag] = words
    Image.fromarray(GREY).save(path, "JPEG", exif=exif)


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("place", ["text", "tail", "comment", "wide comment", "description", "xmp"])
def test_labels_of_others_are_found_wherever_the_guides_put_them(tmp_path, place, wrapped):
    path = tmp_path / "a.bin"
    words = json.dumps({"AIGC": OTHERS} if wrapped else OTHERS)
    match place:
        case "text":
            png_with_text(path, "AIGC", words)
        case "tail":
            png_with_text(path, "AIGC", words, behind_the_pixels=True)
        case "comment":
            jpeg_with_exif(path, 0x9286, b"ASCII\0\0\0" + words.encode())
        case "wide comment":
            jpeg_with_exif(path, 0x9286, b"UNICODE\0" + words.encode("utf-16"))
        case "description":
            jpeg_with_exif(path, 0x010E, words)
        case "xmp":
            png_with_text(path, "XML:com.adobe.xmp", xmp_with(f"<T:AIGC>{words}</T:AIGC>"))
    assert read_marks(path).labels == (OTHERS,)


def test_the_source_type_may_be_an_attribute_and_https(tmp_path):
    said = 'I:DigitalSourceType="https://cv.iptc.org/newscodes/digitalsourcetype/'
    png_with_text(
        tmp_path / "a.png", "XML:com.adobe.xmp", xmp_with("", said + 'trainedAlgorithmicMedia"')
    )
    assert read_marks(tmp_path / "a.png") == Marks(source_type=GENERATED)
    png_with_text(tmp_path / "b.png", "XML:com.adobe.xmp", xmp_with("", said + 'digitalCapture"'))
    assert read_marks(tmp_path / "b.png") == Marks()  # a camera: no mark of AI


@pytest.mark.parametrize(
    "packet",
    [
        "<x:xmpmeta",
        '<!DOCTYPE a [<!ENTITY b "c">]><x:xmpmeta xmlns:x="x">&b;</x:xmpmeta>',
        xmp_with("<T:AIGC>not json</T:AIGC>"),
        xmp_with("<T:AIGC>[1, null]</T:AIGC>"),
    ],
)
def test_broken_packets_are_no_marks_and_no_error(tmp_path, packet):
    png_with_text(tmp_path / "a.png", "XML:com.adobe.xmp", packet)
    assert read_marks(tmp_path / "a.png") == Marks()


def test_signed_credentials_are_seen(tmp_path):
    write_picture(tmp_path / "a.jpg", GREY)
    data = (tmp_path / "a.jpg").read_bytes()
    uuid = bytes.fromhex("6332706100110010800000aa00389b71")
    payload = b"JP\x00\x01\x00\x00\x00\x01\x00\x00\x00\x20jumb\x00\x00\x00\x18jumd" + uuid
    segment = b"\xff\xeb" + (len(payload) + 2).to_bytes(2, "big") + payload
    (tmp_path / "a.jpg").write_bytes(data[:2] + segment + data[2:])
    assert read_marks(tmp_path / "a.jpg").credentials


def test_a_marked_inputs_label_stays_the_files_own_untouched(tmp_path):
    scene = Marks((OTHERS,), GENERATED)
    marks = carried([scene, Marks()], OURS)
    assert marks == Marks((OTHERS, OURS.labels[0]), COMPOSITE)
    write_picture(tmp_path / "a.jpg", GREY, xmp=xmp_packet(marks))
    assert read_marks(tmp_path / "a.jpg") == marks
    assert (tmp_path / "a.jpg").read_bytes().count(b"TC260:AIGC>") == 2  # one element


def test_a_local_swap_carries_marks_and_adds_none():
    assert carried([Marks(), Marks()]) == Marks()
    assert carried([Marks(), Marks((OTHERS,), GENERATED)]) == Marks((OTHERS,), COMPOSITE)
    assert carried([Marks((OTHERS,), GENERATED)]) == Marks((OTHERS,), GENERATED)
    assert carried([Marks((OTHERS,)), Marks((OTHERS,))]).labels == (OTHERS,)


def test_the_side_car_says_the_same():
    origin = OURS.origin(visible=True)
    assert origin.generated
    assert origin.labels == (dict(OURS.labels[0]),)
    assert not Marks(credentials=True).origin().generated


def test_the_visible_label_is_a_twentieth_of_the_shorter_side_high(monkeypatch):
    monkeypatch.setattr(messages, "_chosen", ["en"])
    rgb = np.full((400, 900, 3), 200, np.uint8)
    marked = draw_label(rgb)
    changed = (marked != rgb).any(axis=2)
    letters = changed & (marked > 120).all(axis=2)
    rows, columns = np.flatnonzero(letters.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows[-1] - rows[0] + 1 >= 20
    assert rows[0] > 300
    assert columns[0] > 450
    assert columns[-1] == 900 - 1 - 8
    assert (rgb == 200).all()


def test_without_letters_the_label_is_english(monkeypatch):
    rgb = np.full((100, 300, 3), 90, np.uint8)
    monkeypatch.setattr(messages, "_chosen", ["en"])
    english = draw_label(rgb)
    monkeypatch.setattr(messages, "_chosen", ["zh"])
    monkeypatch.setattr(lettering, "chinese_font", lambda: None)
    assert (draw_label(rgb) == english).all()
