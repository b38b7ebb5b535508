"""The top level: few names, quick help, and every command explains itself with an example."""

import json
import subprocess
import sys

import pytest

from shopkit import __version__
from shopkit.cli import top
from tests.cli.tree import COMMANDS, help_of, refusal

TWELVE = [
    *("image", "video", "chat", "coupon", "promo", "price"),
    *("campaign", "report", "review", "init", "doctor", "demo"),
]
HEAVY = {
    *("numpy", "PIL", "cv2", "pandas", "onnxruntime", "rembg", "openai", "pymatting", "numba"),
    *("scipy", "skimage", "pydantic", "sqlite3", "filelock", "jinja2", "platformdirs", "moviepy"),
    *("python_calamine", "xlsxwriter", "openpyxl", "asyncio", "multiprocessing"),
}


def test_top_level_has_only_the_names_agreed():
    assert len(top.ENTRIES) <= 12
    assert list(top.ENTRIES) == [name for name in TWELVE if name in top.ENTRIES]


def test_top_level_help_shows_every_name_with_its_line(program):
    page = program("--help")
    assert page.code == 0
    assert page.err == ""
    for name in top.ENTRIES:
        assert f"\n  {name} " in page.out
    assert max(map(len, page.out.splitlines())) <= 80


def test_bare_call_and_short_option_show_the_same_help(shopkit):
    assert shopkit().out == shopkit("-h").out == shopkit("--help").out
    assert shopkit("image").out.startswith("Usage: shopkit image")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_that_parses(name, shopkit, monkeypatch, capsys):
    page = help_of(COMMANDS[name], name)
    assert COMMANDS[name].help.strip().splitlines()[0][:40] in page
    examples = page.split("\nExamples\n")[1].strip("\n").splitlines()
    assert any(line.strip().startswith(f"shopkit {name}") for line in examples)
    for line in examples:
        assert refusal(line.strip(), monkeypatch, capsys) == ""


def test_every_option_is_explained():
    for name, found in COMMANDS.items():
        for param in found.params:
            assert param.help, f"{name}: {param.name}"


def test_an_example_is_one_line_to_copy_however_long(shopkit):
    found = COMMANDS["image swap"]
    assert max(map(len, found.epilog.splitlines())) > 80
    page = help_of(found, "image swap")
    assert all(f"  {line}\n" in f"{page}\n" for line in found.epilog.splitlines())


def test_help_in_chinese_is_chinese_throughout(program):
    page = program("--lang", "zh", "--help")
    assert "用法：" in page.out
    assert "店铺文件夹" in page.out
    assert "Shared" not in page.out
    assert program("--help", SHOPKIT_LANG="zh").out == page.out
    swap = program("review", "accept", "--help", "--lang", "zh")
    assert "决定表" in swap.out
    assert "默认" in program("demo", "-h", "--lang=zh").out


def test_a_long_chinese_help_text_is_folded_not_cut(program):
    page = program("review", "accept", "--help", "--lang", "zh").out
    assert "…" not in page
    joined = "".join(line.strip() for line in page.splitlines())
    assert "即对比页保存的文件：accept和reject效果相同" in joined.replace(" ", "")


def test_the_language_of_the_shop_holds_for_help(shop, program):
    (shop / "shopkit.toml").write_text('language = "zh"\n')
    assert "用法：" in program("--help", SHOPKIT_LANG="").out
    assert "Usage:" in program("--help", SHOPKIT_LANG="en").out


def test_a_broken_settings_file_never_takes_help_away(shop, program):
    (shop / "shopkit.toml").write_text("language = [\n")
    assert program("--help", SHOPKIT_LANG="").code == 0


def test_version(shopkit):
    assert shopkit("--version").out == f"shopkit {__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["image", "--help"]])
def test_help_loads_nothing_heavy(words):
    code = (
        "import json, sys; from shopkit.cli.app import main; main(sys.argv[1:]);"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    allowed = {"pydantic"} if words[0] == "image" else set()  # typer's own, for typed parameters
    assert loaded & HEAVY <= allowed
