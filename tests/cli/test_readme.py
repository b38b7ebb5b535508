"""README and the examples cannot drift: every command in them exists and would be understood."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shopkit as package
from shopkit.cli import top
from shopkit.errors import ExitCode
from shopkit.runtime.settings import load_settings
from tests.cli.tree import COMMANDS, refusal

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
_STATE = shutil.ignore_patterns(".shopkit", "out")  # what somebody has tried there by hand


def lines(kind: str) -> list[str]:
    return [line for name, block in BLOCKS if name == kind for line in block.strip().splitlines()]


def calls() -> list[str]:
    """Every ``shopkit ...`` of the shell blocks, those inside longer lines too."""
    parts = [
        part.strip() for line in lines("sh") + lines("powershell") for part in line.split("&&")
    ]
    parts = [part.replace("\\", "/").replace(".venv/Scripts/", ".venv/bin/") for part in parts]
    found = [part.removeprefix(".venv/bin/") for part in parts]
    return [part for part in found if part.startswith("shopkit ")]


@pytest.mark.parametrize("line", calls())
def test_every_call_in_the_readme_is_understood(line, shopkit, monkeypatch, capsys):
    assert refusal(line, monkeypatch, capsys) == ""


def test_every_command_in_words_exists_and_none_is_left_out():
    named = set(re.findall(r"\| `shopkit ([\w ]+)` \|", README))
    groups = {name.split()[0] for name in COMMANDS if " " in name}
    assert named <= set(COMMANDS)
    assert named >= {name for name in COMMANDS if name.split()[0] not in {*groups, "review"}}
    assert {name.split()[0] for name in named} == set(top.ENTRIES)


def test_both_lines_set_up_the_same_way_and_end_with_the_job_and_the_tests():
    first, second = (line for line in lines("sh") if line.startswith("python3 -m venv"))
    assert "image swap" in first.split("&&")[-1]
    assert second.split("&&")[-1].strip() == ".venv/bin/python -m pytest"
    assert first.split("&&")[:1] + first.split("&&")[2:4] == (
        second.split("&&")[:1] + second.split("&&")[2:4]
    )


def test_files_that_the_readme_names_are_there():
    named = re.findall(r"examples/[\w./-]+\w", README.replace("\\", "/"))
    assert named
    assert all((ROOT / name).exists() for name in named)


def test_the_table_of_exit_codes_is_whole():
    shown = re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE)
    assert [int(n) for cell in shown for n in cell.split(",")] == [code.value for code in ExitCode]


def test_the_python_example_imports_what_there_is():
    for block in (ast.parse(block) for name, block in BLOCKS if name == "python"):
        for node in ast.walk(block):
            if isinstance(node, ast.ImportFrom) and node.module == "shopkit":
                assert all(hasattr(package, name.name) for name in node.names)


def test_the_gate_sets_itself_up_by_the_readme_s_line():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    marked = re.search(r"<!-- tests -->\n```sh\n(.*?)\n```\n<!-- /tests -->", README, re.DOTALL)
    assert marked
    assert marked[1].count("\n") == 0
    assert "<!-- tests -->" in script


def test_the_example_settings_are_read(shop):
    settings = load_settings(start=ROOT / "examples", environment={})
    assert settings.store == "Corner Shoes"
    assert settings.baselines["review"].minutes == 0.5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="cron is not there")
def test_the_cron_script_works_without_environment_and_terminal(tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "shop", ignore=_STATE)
    program = tmp_path / ".venv" / "bin" / "shopkit"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m shopkit "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["env", "-i", "/bin/sh", str(tmp_path / "shop" / "cron.sh")],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    results = (tmp_path / "shop" / "out" / "results.csv").read_text(encoding="utf-8-sig")
    assert results.count("\n") == 4
    assert os.access(ROOT / "examples" / "cron.sh", os.X_OK)


def test_the_example_of_a_morning_of_prices_runs(tmp_path):
    """prices.sh on a copy of the examples: everything is made, one bad coupon is named."""
    folder = shutil.copytree(ROOT / "examples", tmp_path / "shop", ignore=_STATE)
    env = {
        "PATH": os.environ["PATH"],
        "SHOPKIT": f"{sys.executable} -m shopkit",
        "XDG_STATE_HOME": str(tmp_path),
        "LANG": "C.UTF-8",
    }
    ended = subprocess.run(
        ["sh", str(folder / "prices.sh")], env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    made = {path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*.*")}
    assert made >= {
        "coupons/upload-tmall.csv",
        "coupons/rejects.csv",
        "plan/plan.html",
        "prices/prices-tmall.csv",
        "campaign/results.csv",
        "check/offers.csv",
    }
