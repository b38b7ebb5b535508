"""The contact sheet as a file: what stands in it, escaped, self-contained, the same every time."""

import base64
import hashlib
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from shopkit import messages
from shopkit.errors import InputRefused
from shopkit.image.sheet import make_sheet
from shopkit.image.sidecar import EngineUsed, Input, Origin, Place, Region, Sidecar, write_sidecar
from shopkit.image.thumbnails import View, thumbnails
from shopkit.image.write import write_picture
from shopkit.runtime.review import Entry
from shopkit.runtime.table_write import write_table

NASTY = '"><img src=x onerror=alert(1)>.jpg'
COLUMNS = (
    *("id", "status", "reason", "detail", "review", "decision", "output", "output_sidecar"),
    *("confidence", "delta_e", "uncovered_share", "warnings", "scene", "product"),
)


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setattr(messages, "_chosen", ["en"])


@pytest.fixture
def run(tmp_path):
    """A run of four rows: ok, two for review, one failed; two of one scene."""
    out = tmp_path / "out"
    out.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    for name in ("scene.png", "other.png", "shoe.png"):
        write_picture(tmp_path / name, noise)
    for name in ("a.jpg", "b.png", "c.jpg"):
        write_picture(out / name, 255 - noise)
    region = np.zeros((60, 80), bool)
    region[40:50, 20:40] = True
    sidecar = Sidecar(
        tool="shopkit",
        command="image swap",
        status="review",
        output="b.png",
        output_size=(80, 60),
        inputs=(Input("scene", "scene.png", ""),),
        engines=(EngineUsed("matte", "rembg", "u2netp", licence="Apache-2.0"),),
        places=(Place(0, "old", 0.9, (0, 0, 1, 1), (0, 0, 1, 1), 1.0),),
        origin=Origin(generated=True),
        region=Region.of(region),
    )
    write_sidecar(out / "b.png.json", sidecar)
    scene, other, shoe = (str(tmp_path / n) for n in ("scene.png", "other.png", "shoe.png"))
    look = ("review", "edit_seam", "Look.")
    none = ("",) * 7
    lines = [
        ("a", "ok", "", "", "", "", "a.jpg", "", 0.99, 1.5, 0.0, "", scene, shoe),
        ("b", *look, "k3f9ab", "", "b.png", "b.png.json", 0.5, 3, 0.25, "", scene, shoe),
        ("c", *look, "7mq2xd", "", "c.jpg", "", 0.8, 2, 0.1, "new", other, shoe),
        (NASTY, "failed", "image_missing", f"No {NASTY}", "", *none, NASTY, shoe),
    ]
    write_table(
        out / "results.csv", COLUMNS, [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    )
    return out


def queue(out):
    return [
        Entry("k3f9ab", out, "image swap", "b", "edit_seam"),
        Entry("7mq2xd", out, "image swap", "c", "edit_seam", decision="reject", note="<b>dark</b>"),
        Entry("zzzzzz", out.parent, "image swap", "b", "edit_seam"),  # of another folder
    ]


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text in each kind."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._open = [], {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        self._open = tag

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open:
            self.texts[self._open][-1] += data

    def named(self, tag, name=""):
        return [
            a
            for t, a in self.elements
            if t == tag and name in ("", *(a.get("class") or "").split())
        ]


def page_of(out, **more):
    return Page(make_sheet(out, **more).path.read_text("utf-8"))


def test_a_card_for_every_row_and_every_picture_once(run):
    sheet = make_sheet(run, reviews=queue(run))
    assert sheet.path == run / "sheet.html"
    assert sheet.rows == 4
    assert sheet.pictures == 2 + 3 + 1 + 2  # scenes, outputs, the one shoe, the close-up of b
    html = Page(sheet.path.read_text("utf-8"))
    assert [c["data-status"] for c in html.named("article")] == ["ok", "review", "review", "failed"]
    pictures = [text for a, text in scripts(html) if a.get("type") == "text/plain"]
    assert len(pictures) == sheet.pictures
    for data in pictures:
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as picture:
            picture.load()
            assert picture.format == "JPEG"


def scripts(html):
    tags = [attributes for tag, attributes in html.elements if tag == "script"]
    return list(zip(tags, html.texts["script"], strict=True))


def test_what_can_be_decided_stands_under_its_id_in_the_queue(run):
    cards = page_of(run, reviews=queue(run)).named("article")
    assert [card["data-review"] for card in cards] == ["", "k3f9ab", "7mq2xd", ""]
    assert [card["data-given"] for card in cards] == ["", "", "reject", ""]


def test_without_a_queue_nothing_can_be_decided_and_the_page_says_so(run):
    results = (run / "results.csv").read_bytes()
    (run / "results.csv").write_bytes(results.replace(b"k3f9ab", b"").replace(b"7mq2xd", b""))
    html = page_of(run)
    assert not html.named("button", "yes")
    assert "review queue" in "".join(html.texts["p"])


def test_the_worst_is_first_in_line(run):
    cards = page_of(run).named("article")
    assert [int(card["data-worst"]) for card in cards] == [3, 0, 1, 2]


def test_text_is_text_whatever_it_looks_like(run):
    html = page_of(run, reviews=queue(run))
    assert all("onerror" not in attributes for _, attributes in html.elements)
    assert NASTY in "".join(html.texts["h2"])
    assert {tag for tag, _ in html.elements} >= {"article", "img"}
    assert not [a for t, a in html.elements if t == "b" and "dark" in str(a)]
    note = next(a for a in html.named("input", "note") if a["value"])
    assert note["value"] == "<b>dark</b>"


def test_only_the_pages_own_style_and_script_may_run(run):
    html = page_of(run)
    policy = next(a["content"] for t, a in html.elements if t == "meta" and "http-equiv" in a)
    script = next(text for a, text in scripts(html) if not a.get("type"))
    for kind, text in (("script", script), ("style", html.texts["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert not [a for _, a in html.elements if "style" in a or any(k.startswith("on") for k in a)]


def test_nothing_is_named_that_lies_elsewhere(run):
    words = (run / "x").parent.joinpath("sheet.html")
    make_sheet(run)
    html = words.read_text("utf-8")
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", html)
    assert "@import" not in html
    assert "url(" not in html


def test_figures_facts_and_links_of_a_card(run):
    html = page_of(run)
    terms = dict(zip(html.texts["dt"], html.texts["dd"], strict=True))
    assert terms["uncovered"] in ("10 %", "25 %")
    assert terms["done by"] == "u2netp (Apache-2.0)"
    assert terms["place by"] == "old"
    links = [a["href"] for a in html.named("a")]
    assert links == ["./a.jpg", "./b.png", "./b.png.json", "./c.jpg"]
    assert len(html.named("span", "ai")) == 1


def test_links_lead_from_where_the_page_lies(run):
    html = page_of(run, page=run.parent / "pages" / "x.html")
    assert html.named("a")[0]["href"] == "./../out/a.jpg"


def test_the_words_are_in_the_language_in_use(run, monkeypatch):
    monkeypatch.setattr(messages, "_chosen", ["zh"])
    html = page_of(run)
    assert ("html", {"lang": "zh"}) in html.elements
    assert "对照页：out" in html.texts["h1"]


def test_the_same_run_gives_the_same_bytes(run):
    first = make_sheet(run, reviews=queue(run)).path.read_bytes()
    assert make_sheet(run, reviews=queue(run)).path.read_bytes() == first


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputRefused) as caught:
        make_sheet(tmp_path)
    assert caught.value.code == "sheet_no_results"


def test_a_broken_side_car_or_picture_leaves_a_card_with_what_there_is(run):
    (run / "b.png.json").write_text("{")
    (run / "a.jpg").write_bytes(b"no picture")
    sheet = make_sheet(run)
    assert (sheet.rows, sheet.pictures) == (4, 2 + 2 + 1)


def test_pictures_keep_to_the_budget(tmp_path):
    noise = np.random.default_rng(2).integers(0, 255, (900, 1200, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.png", noise)
    view = View(tmp_path / "a.png")
    assert len(thumbnails([view], 100_000)[view].base64) <= 100_000
    assert thumbnails([view], 10_000_000)[view].size == (1000, 750)


def decoded(one):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(one.base64)))).astype(int)


def test_a_part_is_cut_out_of_the_picture_and_transparency_shows_checks(tmp_path):
    rgb = np.zeros((100, 200, 3), np.uint8)
    rgb[50:, 100:] = (250, 10, 10)
    write_picture(tmp_path / "a.png", rgb)
    part = View(tmp_path / "a.png", (0.5, 0.5, 1, 1))
    corner = thumbnails([part], 1_000_000)[part]
    assert corner.size == (100, 50)
    assert np.abs(decoded(corner) - (250, 10, 10)).max() < 12
    write_picture(tmp_path / "b.png", rgb, np.zeros((100, 200), np.uint8))
    clear = View(tmp_path / "b.png")
    seen = decoded(thumbnails([clear], 1_000_000)[clear])
    assert seen.min() > 225
    assert seen.max() > 250


def test_rotation_and_profile_are_followed(tmp_path):
    image = Image.new("RGB", (40, 20), (200, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    view = View(tmp_path / "a.jpg")
    assert thumbnails([view], 100_000)[view].size == (20, 40)
