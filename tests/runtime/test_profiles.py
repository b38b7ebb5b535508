"""Rules of platforms: each with its source, the shop's own on top."""

import datetime as dt

import pytest

from shopkit.errors import UsageFault
from shopkit.runtime.profiles import CONFIDENCE, Rule, load_profile, profile_names

PLATFORMS = ["amazon", "douyin", "generic", "shopify", "taobao", "tmall", "woocommerce"]


def test_the_platforms_there_are():
    assert profile_names() == PLATFORMS


@pytest.mark.parametrize("name", [*PLATFORMS, "taobao-tall", "tmall-white"])
def test_every_rule_tells_where_it_comes_from_and_how_sure_it_is(name):
    for rule in load_profile(name).rules.values():
        assert rule.source
        assert dt.date(2026, 1, 1) <= rule.date <= dt.date(2027, 1, 1)
        assert rule.confidence in CONFIDENCE


def test_main_images_keep_the_product_s_colour_and_generic_asks_nothing():
    for name in set(PLATFORMS) - {"generic"}:
        assert load_profile(name).text("color") == "exact"
        assert load_profile(name).number("max_delta_e") == 5
    assert load_profile("generic").rules == {}
    assert load_profile("generic").number("max_delta_e") is None


def test_a_placement_after_a_dash():
    assert load_profile("taobao").rules == load_profile("taobao-main").rules
    assert (
        load_profile("taobao-main").number("width"),
        load_profile("taobao-tall").number("width"),
    ) == (800, 750)
    assert load_profile("taobao-main").number("max_bytes") == 3_000_000


@pytest.mark.parametrize("name", ["tabao", "taobao-story", "", "../taobao"])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(UsageFault) as told:
        load_profile(name)
    assert told.value.code == "profile_unknown"
    assert "taobao" in told.value.values["known"]


def test_a_shop_adds_and_overrides_rules(tmp_path):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "taobao.toml").write_text(
        '[main.width]\nvalue = 1200\nsource = "our operator"\ndate = 2026-11-01\n'
        'confidence = "ours"\n',
        encoding="utf-8",
    )
    profile = load_profile("taobao", tmp_path)
    assert profile.rules["width"] == Rule(1200, "our operator", dt.date(2026, 11, 1), "ours")
    assert profile.number("height") == 800
    assert load_profile("taobao").number("width") == 800
    (tmp_path / "profiles" / "lazada.toml").write_text("")
    assert "lazada" in profile_names(tmp_path)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("[main.width]\nvalue = 1\n", "profile_broken"),
        (
            '[main.width]\nvalue = 1\nsource = "x"\ndate = 2026-01-01\nconfidence = "sure"\n',
            "profile_broken",
        ),
        ("[main", "settings_unreadable"),
    ],
)
def test_a_rule_without_its_source_is_refused(tmp_path, words, code):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "taobao.toml").write_text(words)
    with pytest.raises(UsageFault) as told:
        load_profile("taobao", tmp_path)
    assert told.value.code == code
