"""The contact sheet in a real browser: look, filter, decide, save; nothing leaves the page."""

import csv
import io
from datetime import UTC, datetime

import numpy as np
import pytest

from shopkit import messages
from shopkit.image.sheet import make_sheet
from shopkit.image.sidecar import Region, Sidecar, write_sidecar
from shopkit.image.write import write_picture
from shopkit.runtime.items import Item
from shopkit.runtime.job import Outcome
from shopkit.runtime.review import Queue, decide_rows, entries
from shopkit.runtime.state import State
from shopkit.runtime.table import read_table
from shopkit.runtime.table_write import write_table

pytestmark = pytest.mark.browser

NASTY = '"><img src=x onerror="window.hacked=1">'
NOW = datetime(2026, 11, 22, tzinfo=UTC)
COLUMNS = ("id", "status", "reason", "detail", "decision", "output", "output_sidecar")
COLUMNS += ("confidence", "delta_e", "warnings", "scene", "product")
RED, GREEN = (200, 16, 46), (20, 120, 60)
# id, status, reason, confidence, delta_e
ROWS = (
    ("one", "ok", "", 0.99, 1),
    ("two", "review", "edit_seam", 0.7, 4),
    ("three", "review", "edit_repainted", 0.5, 9),
    ("four", "review", "edit_seam", 0.8, 2),
    (NASTY, "failed", "image_missing", "", ""),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop folder with a run in ``out``: pictures, results, and its entries in the queue."""
    messages.set_language("en")
    shop = tmp_path_factory.mktemp("shop")
    out = shop / "out"
    out.mkdir()
    lines = []
    with State(shop / ".shopkit" / "state.db") as state:
        queue = Queue(state, out, "image swap")
        for name, status, reason, *figures in ROWS:
            output = "" if status == "failed" else f"{name}.png"
            if output:
                picture(shop / f"scene-{name}.png", RED)
                picture(out / output, GREEN)
                write_sidecar(out / f"{name}.json", record(output))
            outcome = Outcome(status, reason, {"seam": 12} if reason else {})
            queue.settle([Item(name, "", outcome)], NOW)
            scene = str(shop / f"scene-{name}.png") if output else NASTY
            detail = f"No {NASTY}" if status == "failed" else ""
            sidecar = f"{name}.json" if output else ""
            lines.append(
                (name, status, reason, detail, "", output, sidecar, *figures, "", scene, "")
            )
    rows = [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    write_table(out / "results.csv", COLUMNS, rows)
    return shop


def picture(path, colour):
    rgb = np.full((120, 160, 3), 90, np.uint8)
    rgb[60:90, 60:90] = colour
    write_picture(path, rgb)


def record(output):
    region = np.zeros((120, 160), bool)
    region[60:90, 60:90] = True
    return Sidecar(
        tool="shopkit",
        command="image swap",
        status="ok",
        output=output,
        output_size=(160, 120),
        inputs=(),
        region=Region.of(region),
    )


@pytest.fixture
def page(shop, browser):
    """The sheet, freshly opened, with nothing remembered."""
    with State(shop / ".shopkit" / "state.db") as state:
        sheet = make_sheet(shop / "out", reviews=entries(state, every=True))
    browser.open(sheet.path)
    browser.run("localStorage.clear()")
    browser.reload()
    browser.requests.clear()
    browser.errors.clear()
    return browser


def shown(page):
    return page.run(
        "[...document.querySelectorAll('.card:not([hidden])')].map(c => c.dataset.name)"
    )


def current(page):
    return page.run("document.querySelector('.card.on').dataset.name")


def pill(page, name):
    page.click(f"[data-pill={name}]")


def card(name):
    return f'.card[data-name="{name}"]'


def saved(page):
    """Press save and return the file that comes."""
    (page.downloads / "decisions.csv").unlink(missing_ok=True)
    page.click("#save")
    return page.downloaded("decisions.csv")


def test_it_opens_on_what_waits_for_a_person_worst_first(page):
    assert shown(page) == ["three", "two", "four"]
    assert current(page) == "three"
    assert page.run("document.querySelector('#decided').textContent") == "0 of 3 decided"


def test_filters_search_and_order(page):
    pill(page, "all")
    assert shown(page) == ["three", "two", "four", NASTY, "one"]
    pill(page, "failed")
    assert shown(page) == [NASTY]
    pill(page, "ok")
    assert shown(page) == ["one"]
    pill(page, "all")
    choose(page, "#reason", "edit_seam")
    assert shown(page) == ["two", "four"]
    choose(page, "#reason", "")
    choose(page, "#sort", "number")
    assert shown(page) == ["one", "two", "three", "four", NASTY]
    choose(page, "#sort", "figure-delta_e")  # high is bad: first; without a figure last
    assert shown(page) == ["three", "two", "four", "one", NASTY]
    choose(page, "#sort", "figure-confidence")  # low is bad
    assert shown(page) == ["three", "two", "four", "one", NASTY]
    page.click("#search")
    page.write("scene-t")
    assert shown(page) == ["three", "two"]
    page.write("zzz")
    assert shown(page) == []
    assert page.run("!document.querySelector('#empty').hidden")


def choose(page, select, value):
    page.run(
        f"(() => {{ const s = document.querySelector('{select}'); s.value = '{value}';"
        " s.dispatchEvent(new Event('change')); })()"
    )


def shows(page, name, share):
    """Wait until so much of the before picture is to be seen, in per cent."""
    view = f"document.querySelector('{card(name)} .view')"
    page.until(f"{view}.style.getPropertyValue('--x') === '{share}'")


def test_the_slider_follows_mouse_and_keys(page):
    x, y, w, h = page.box(card("three") + " .view")
    page.drag((x + w / 2, y + h / 2), (x + w / 4, y + h / 2))
    shows(page, "three", "25%")
    page.run(f"document.querySelector('{card('three')} input[type=range]').focus()")
    page.press("ArrowRight")
    shows(page, "three", "26%")
    page.press(" ")
    shows(page, "three", "100%")
    page.press(" ")
    shows(page, "three", "0%")


def test_before_lies_left_of_the_line_and_after_right_of_it(page):
    x, y, w, h = page.box(card("three") + " .view")
    page.until(
        f"[...document.querySelectorAll('{card('three')} .view img')].every(i => i.complete)"
    )
    middle = (x + w / 2, y + h * 75 / 120)  # in the square that changed: from 60 to 90 px of 160
    line = x + w * 75 / 160
    page.drag(middle, (line, y + h / 2))
    left, right = colours(page, [(line - 12, middle[1]), (line + 12, middle[1])])
    assert np.abs(np.subtract(left, RED)).max() < 14
    assert np.abs(np.subtract(right, GREEN)).max() < 14


def colours(page, points):
    from PIL import Image

    page.picture(page.downloads / "screen.png")
    with Image.open(page.downloads / "screen.png") as screen:
        return [screen.convert("RGB").getpixel((round(x), round(y))) for x, y in points]


def test_the_close_up_shows_what_changed_larger(page):
    x, y, w, h = page.box(card("three") + " .view")
    before_key = colours(page, [(x + w * 0.6, y + h * 0.5)])[0]
    page.press("z")
    page.until("document.querySelector('.card.on .after').complete")
    page.press(" ")
    page.press(" ")  # all of the after picture
    after_key = colours(page, [(x + w * 0.6, y + h * 0.5)])[0]
    assert np.abs(np.subtract(before_key, (90, 90, 90))).max() < 14
    assert np.abs(np.subtract(after_key, GREEN)).max() < 14


def test_keys_decide_and_go_on(page):
    page.press("a")
    assert current(page) == "two"
    page.press("r")
    assert current(page) == "four"
    page.press("ArrowLeft")
    assert current(page) == "two"
    assert page.run("document.querySelector('#decided').textContent") == "2 of 3 decided"
    page.press("r")  # the same again takes it back
    assert page.run("document.querySelector('#decided').textContent") == "1 of 3 decided"
    pill(page, "decided")
    assert shown(page) == ["three"]


def test_letters_typed_into_a_field_decide_nothing(page):
    page.click("#search")
    for key in "ar":
        page.press(key)
    assert page.run("document.querySelector('#search').value") == "ar"
    assert page.run("document.querySelector('#save').disabled")


def test_only_what_is_in_the_queue_can_be_decided(page):
    pill(page, "all")
    assert not page.run(f"document.querySelector('{card('one')} .yes')")
    page.click(card("one") + " h2")
    page.press("a")
    assert page.run("document.querySelector('#save').disabled")


def test_the_saved_file_is_what_review_takes_in(page, shop):
    page.click(card("three") + " .yes")
    page.click(card("two") + " .no")
    page.click(card("two") + " .note")
    page.write('=1+1, "鞋带" 不对')
    found = saved(page)
    with State(shop / ".shopkit" / "state.db") as state:
        ids = {entry.item: entry.id for entry in entries(state)}
        rows = list(csv.reader(io.StringIO(found.read_text("utf-8-sig"))))
        assert rows == [
            ["id", "decision", "note"],
            [ids["two"], "reject", '\'=1+1, "鞋带" 不对'],  # no formula for a spreadsheet
            [ids["three"], "accept", ""],
        ]
        with state.transaction():
            decided = decide_rows(state, read_table(found).rows, now=NOW)
            assert [(one.item, one.decision, one.note) for one in decided] == [
                ("two", "reject", '=1+1, "鞋带" 不对'),
                ("three", "accept", ""),
            ]
            for one in decided:  # as it was, for the next test
                state.write("UPDATE review SET decision = '', note = '' WHERE id = ?", (one.id,))
    assert "shopkit review accept --from decisions.csv" in page.run(
        "document.querySelector('#toast').textContent"
    )


def test_a_reload_keeps_decisions_filter_and_place(page):
    pill(page, "all")
    page.click(card("two") + " .no")
    page.click(card("two") + " .note")
    page.write("dark")
    choose(page, "#sort", "number")
    page.press("f")
    page.reload()
    assert page.run("document.querySelector('#decided').textContent") == "1 of 3 decided"
    assert page.run(f"document.querySelector('{card('two')} .note').value") == "dark"
    assert shown(page) == ["one", "two", "three", "four", NASTY]
    assert current(page) == "two"
    assert page.run("document.body.classList.contains('single')")


def test_it_works_where_the_browser_lets_nothing_be_stored(page):
    page.run("Storage.prototype.setItem = () => { throw new Error('full') }")
    page.press("a")
    assert page.run("document.querySelector('#decided').textContent") == "1 of 3 decided"
    assert page.errors == []


def test_a_name_that_looks_like_a_tag_is_only_a_name(page):
    pill(page, "all")
    assert page.run("window.hacked === undefined")
    assert page.run("document.querySelectorAll('[onerror]').length") == 0
    assert NASTY in page.run("document.querySelector('[data-status=failed] h2').textContent")


def test_even_a_script_that_got_in_would_not_run(page):
    smuggled = '<img src="data:,x" onerror="window.hacked=1">'
    page.run(f"document.body.insertAdjacentHTML('beforeend', '{smuggled}')")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert page.run("window.hacked === undefined")


def test_no_request_leaves_the_page(page):
    page.reload()
    pill(page, "all")
    page.press("z")
    page.press("f")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert {url.split(":", 1)[0] for url in page.requests} <= {"file", "data"}
    assert page.errors == []
    blocked = "fetch('https://example.org/').then(() => false, () => true)"
    assert page.run(blocked)


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_nothing_sticks_out_at_any_width(page, width):
    pill(page, "all")
    page.resize(width, 800)
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    page.press("f")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    page.resize(1280, 900)
