"""Settings: who wins, where each value comes from, and what a wrong file is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkit.errors import UsageFault
from shopkit.runtime.settings import (
    DEFAULTS,
    ENVIRONMENT,
    Baseline,
    endpoint_key,
    find_file,
    language_of_folder,
    load_settings,
)


@pytest.fixture
def write(tmp_path: Path):
    def write(words: str) -> Path:
        (tmp_path / "shopkit.toml").write_text(words, encoding="utf-8")
        return tmp_path

    return write


def test_option_over_environment_over_file_over_default(write):
    folder = write('platform = "tmall"\nstore = "Mine"\njobs = 4\n')
    settings = load_settings(
        {"platform": "amazon", "jobs": None},
        start=folder,
        environment={"SHOPKIT_PLATFORM": "taobao", "SHOPKIT_JOBS": "2"},
    )
    file = str(folder / "shopkit.toml")
    assert settings.values["platform"] == ("amazon", "option")
    assert settings.values["jobs"] == (2, "SHOPKIT_JOBS")
    assert settings.values["store"] == ("Mine", file)
    assert settings.values["currency"] == ("CNY", "default")


def test_the_nearest_file_above_holds(write, tmp_path):
    write('store = "Mine"\n')
    below = tmp_path / "pictures" / "2026"
    below.mkdir(parents=True)
    assert find_file(below) == tmp_path / "shopkit.toml"
    assert load_settings(start=below, environment={}).folder == tmp_path


def test_state_lies_beside_the_file(write):
    folder = write("")
    assert load_settings(start=folder).state_path == folder / ".shopkit" / "state.db"


def test_every_section(write):
    folder = write(
        'store = "Laden"\n'
        '[engines]\ncutout = "local"\nedit_url = "http://localhost/v1"\n'
        '[baselines.image_swap]\nminutes = 20\nmeasured_by = "Li"\n'
        "[baselines.review]\nminutes = 0.5\n"
        '[files]\ncatalog = "items-*.csv"\n'
    )
    settings = load_settings(start=folder, environment={})
    assert (settings.cutout, settings.edit_url) == ("local", "http://localhost/v1")
    assert settings.baselines == {
        "image_swap": Baseline(20, "Li"),
        "review": Baseline(0.5, ""),
    }
    assert settings.files == {"catalog": "items-*.csv"}


@pytest.mark.parametrize(
    ("words", "code", "values"),
    [
        ("langage = 'zh'", "setting_unknown", {"nearest": "language"}),
        ("[engines]\ncutouts = 'x'", "setting_unknown", {"nearest": "engines.cutout"}),
        (
            "[baselines.swap]\nminute = 2",
            "setting_unknown",
            {"nearest": "baselines.swap.minutes"},
        ),
        ("jobs = 'many'", "setting_not_number", {"key": "jobs"}),
        ("jobs = 1.5", "setting_not_number", {"key": "jobs"}),
        ("jobs = true", "setting_not_number", {"key": "jobs"}),
        ("jobs = -1", "setting_not_number", {"key": "jobs"}),
        ("language = 'xx'", "setting_value_unknown", {"value": "xx", "known": "en, zh"}),
        ("store = 7", "setting_not_text", {"key": "store"}),
        ("engines = 1", "setting_not_table", {"key": "engines"}),
        ("[baselines]\nswap = 2", "setting_not_table", {"key": "baselines.swap"}),
        ("[baselines.swap]\n", "setting_not_number", {"key": "baselines.swap.minutes"}),
        ("[files]\ncatalog = 1", "setting_not_text", {"key": "files.catalog"}),
        ("store = ", "settings_unreadable", {}),
        ("openai_api_key = 'sk-1'", "setting_is_secret", {"key": "openai_api_key"}),
        ("[engines]\nedit_token = 'x'", "setting_is_secret", {"key": "engines.edit_token"}),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_and_the_nearest_name(write, words, code, values):
    with pytest.raises(UsageFault) as told:
        load_settings(start=write(words), environment={})
    assert told.value.code == code
    assert values.items() <= told.value.values.items()
    assert told.value.say


def test_a_wrong_number_in_the_environment_names_the_variable(tmp_path):
    with pytest.raises(UsageFault) as told:
        load_settings(start=tmp_path, environment={"SHOPKIT_JOBS": "two"})
    assert told.value.values["source"] == "SHOPKIT_JOBS"


def test_empty_environment_variables_count_as_not_set(tmp_path):
    assert load_settings(start=tmp_path, environment={"SHOPKIT_JOBS": ""}).jobs == 0


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "shopkit.toml").write_bytes("\ufeffstore = '店'".encode())
    assert load_settings(start=tmp_path, environment={}).store == "店"


def test_language_of_a_folder_never_fails(write, tmp_path):
    assert language_of_folder(write("language = 'zh'")) == "zh"
    assert language_of_folder(write("language = [")) == ""


def test_the_key_of_an_endpoint_comes_from_the_environment_only():
    assert endpoint_key({"OPENAI_API_KEY": "a", "SHOPKIT_OPENAI_API_KEY": "b"}) == "b"
    assert endpoint_key({"OPENAI_API_KEY": "a"}) == "a"
    assert endpoint_key({}) == ""


@given(st.sampled_from(sorted(DEFAULTS)), st.text(max_size=12))
def test_any_text_in_any_variable_is_taken_or_refused_in_words(tmp_path_factory, key, value):
    try:
        settings = load_settings(
            start=tmp_path_factory.getbasetemp(), environment={ENVIRONMENT[key]: value}
        )
    except UsageFault as fault:
        assert fault.code == "setting_not_number"
    else:
        assert str(settings.values[key][0]) in (value, str(DEFAULTS[key]), value.lstrip("0"))
