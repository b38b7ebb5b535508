"""The rules of the house that no other tool checks."""

import ast
import re
import string
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import shopkit

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "shopkit"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
CATALOGUES = SOURCE / "data" / "messages"
NAMES = sorted(file.name for file in (CATALOGUES / "en").glob("*.toml"))
ERRORS = {"ShopkitError", "InputRefused", "UsageFault", "EngineMissing", "Locked"}


def catalogue(language: str, name: str) -> dict[str, str]:
    """Dotted key -> words."""

    def flat(node: dict, above: str):
        for key, value in node.items():
            path = f"{above}{key}"
            yield from flat(value, f"{path}.") if isinstance(value, dict) else [(path, value)]

    text = (CATALOGUES / language / name).read_text(encoding="utf-8")
    return dict(flat(tomllib.loads(text), ""))


def places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def constants() -> set[str]:
    """Every text that stands in the source (docstrings left in: they hurt nobody)."""
    nodes = (node for tree in TREES.values() for node in ast.walk(tree))
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def codes_given() -> set[str]:
    """Codes given straight to an error of ours or to the outcome of a row."""
    places = dict.fromkeys(ERRORS, 0) | {"Outcome": 1, "failure": 0}
    calls = (
        node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Call)
    )
    found = set()
    for call in calls:
        place = places.get(getattr(call.func, "id", ""), len(call.args))
        if place < len(call.args) and isinstance(call.args[place], ast.Constant):
            found.add(call.args[place].value)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_keys_with_the_same_places(name):
    english, chinese = catalogue("en", name), catalogue("zh", name)
    for key in [key for key in english if key.startswith("ascii.")]:
        del english[key]  # for a font without Chinese characters: English for everyone
    assert set(english) == set(chinese)
    for key, words in english.items():
        assert places(words) == places(chinese[key]), key
        assert words.strip(), key


@pytest.mark.parametrize("name", NAMES)
def test_chinese_is_chinese(name):
    plain = {"line"}
    for key, words in catalogue("zh", name).items():
        if key.split(".")[-1] not in {"examples", *plain}:
            assert re.search(r"[\u4e00-\u9fff]", words), f"{name}: {key}"


def test_every_reason_code_in_use_is_in_the_list_and_every_code_in_the_list_is_used():
    listed = {key.split(".")[0] for key in catalogue("en", "reasons.toml")}
    assert codes_given() <= listed
    assert listed - constants() == set()


def test_every_reason_says_what_is_wrong():
    for key in {key.split(".")[0] for key in catalogue("en", "reasons.toml")}:
        assert catalogue("en", "reasons.toml")[f"{key}.say"]
        assert f"{key}.fix" in catalogue("en", "reasons.toml")


def test_only_the_console_prints():
    printing = {
        file.relative_to(SOURCE).as_posix()
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            getattr(node.func, "id", "") == "print"
            or ast.unparse(node.func) in ("typer.echo", "typer.secho", "sys.stdout.write")
        )
    }
    assert printing == {"cli/console.py"}


def test_faults_are_caught_wholesale_at_two_places_only():
    """Whoever catches everything to tidy up must raise again."""
    swallowing = {
        file.relative_to(SOURCE).as_posix()
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not isinstance(node.body[-1], ast.Raise)
    }
    assert swallowing == {"cli/app.py", "runtime/attempt.py"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_a_file_is_short_and_says_its_job_first(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 400
    assert lines[0].startswith('"""')


def test_functions_are_short():
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{file.name}: {node.name}"


def test_no_file_is_a_drawer():
    assert not {"utils", "helpers", "common", "misc"} & {file.stem for file in FILES}


def test_pillow_has_the_two_holes_mended():
    assert int(version("pillow").split(".")[0]) >= 13
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "pillow>=13" in project["dependencies"]


def test_every_public_name_is_there_and_importing_costs_nothing():
    assert all(getattr(shopkit, name) is not None for name in shopkit.__all__)
    assert dir(shopkit) == sorted(shopkit.__all__)
    with pytest.raises(AttributeError):
        shopkit.nothing  # noqa: B018
