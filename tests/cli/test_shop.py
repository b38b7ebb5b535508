"""init and doctor: a shop folder that is never overwritten, a health check that names the fix."""

import tomllib

import pytest

from shopkit.cli import checkup
from shopkit.runtime.settings import DEFAULTS


def test_init_makes_a_commented_settings_file_and_folders(shopkit, shop):
    ended = shopkit("init", "mine")
    assert ended.code == 0
    made = ["mine/shopkit.toml", "mine/pictures", "mine/out", "mine/.gitignore"]
    assert ended.out.splitlines() == made
    assert all((shop / name).exists() for name in made)
    assert (shop / "mine" / ".gitignore").read_text() == ".shopkit/\n"


def test_every_line_of_a_fresh_settings_file_is_a_default_that_can_be_switched_on(shopkit, shop):
    shopkit("init", "mine")
    lines = (shop / "mine" / "shopkit.toml").read_text().splitlines()
    settings = [line[2:] for line in lines if line.startswith("# ") and " = " in line]
    sections = [line for line in lines if line.startswith("[")]
    switched_on = "\n".join(
        settings[: len(DEFAULTS) - 3] + sections + settings[len(DEFAULTS) - 3 :]
    )
    read = tomllib.loads(switched_on.split("\nminutes")[0])
    flat = {**read, **{f"engines.{key}": value for key, value in read.pop("engines").items()}}
    flat.pop("engines", None)
    assert flat == DEFAULTS


def test_init_never_overwrites(shopkit, shop):
    (shop / "shopkit.toml").write_text('store = "Mine"\n')
    (shop / ".gitignore").write_text("out/")
    ended = shopkit("init")
    assert ended.code == 0
    assert (shop / "shopkit.toml").read_text() == 'store = "Mine"\n'
    assert (shop / ".gitignore").read_text() == "out/\n.shopkit/\n"
    again = shopkit("init", "--json")
    assert {row["change"] for row in again.envelope["rows"]} == {"kept"}
    assert (shop / ".gitignore").read_text() == "out/\n.shopkit/\n"


def test_init_where_nothing_can_be_made_is_3(shopkit, shop):
    (shop / "file").touch()
    assert shopkit("init", "file/inside").code == 3


def test_doctor_says_what_is_there_and_where_settings_come_from(shopkit, shop, monkeypatch):
    (shop / "shopkit.toml").write_text('store = "Mine"\n')
    monkeypatch.setenv("SHOPKIT_JOBS", "3")
    ended = shopkit("doctor", "--json")
    found = {row["check"]: row for row in ended.envelope["rows"]}
    assert (ended.code, ended.envelope["status"]) == (0, "ok")
    assert found["pillow"]["state"] == "ok"
    assert found["store"]["found"] == f"Mine ({shop / 'shopkit.toml'})"
    assert found["jobs"]["found"] == "3 (SHOPKIT_JOBS)"
    assert found["platform"]["found"] == "generic (default)"
    assert found["state"]["found"] == str(shop / ".shopkit" / "state.db")


def test_doctor_on_a_screen_names_the_fix_below(shopkit, monkeypatch, tmp_path):
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "none"))
    lines = shopkit("doctor").out.splitlines()
    at = next(number for number, line in enumerate(lines) if "u2netp:" in line)
    assert "4.6 MB, Apache-2.0" in lines[at]
    assert lines[at + 1].strip() == "-> Fetch it: shopkit image models get u2netp"


def test_a_damaged_model_is_broken(shopkit, monkeypatch, tmp_path):
    monkeypatch.setenv("U2NET_HOME", "")
    monkeypatch.setenv("REMBG_HOME", str(tmp_path))
    model = tmp_path / "models" / "u2netp" / "u2netp.onnx"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"half a download")
    ended = shopkit("doctor", "--json")
    found = {row["check"]: row for row in ended.envelope["rows"]}
    assert found["u2netp"]["state"] == "broken"
    assert (ended.code, ended.envelope["status"]) == (6, "failed")


@pytest.mark.parametrize(
    ("broken", "check"), [("jobs = 'many'", "settings"), ("jobz = 1", "settings")]
)
def test_doctor_tells_of_a_broken_settings_file_instead_of_dying(shopkit, shop, broken, check):
    (shop / "shopkit.toml").write_text(broken)
    ended = shopkit("doctor", "--json")
    found = {row["check"]: row for row in ended.envelope["rows"]}
    assert (ended.code, found[check]["state"]) == (6, "broken")


def test_an_old_pillow_is_a_warning_with_the_reason(monkeypatch):
    monkeypatch.setattr(checkup.importlib.metadata, "version", lambda _: "12.3.0")
    check = checkup.pillow()
    assert check.state == "warning"
    assert "pip install 'pillow>=13'" in check.fix


def test_a_missing_package_is_broken_and_an_extra_is_not(monkeypatch):
    def version(name):
        raise checkup.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(checkup.importlib.metadata, "version", version)
    assert checkup.package("numpy").state == "broken"
    assert checkup.optional("moviepy", "how").state == "warning"


def test_the_endpoint_is_tried_only_when_asked(shop, monkeypatch):
    from shopkit.runtime.settings import load_settings

    monkeypatch.setenv("OPENAI_API_KEY", "sk-nothing")
    settings = load_settings({"engines.edit_url": "http://127.0.0.1:9/v1"})
    assert checkup.endpoint(settings, online=False).state == "info"
    assert checkup.endpoint(settings, online=True).state == "warning"
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "SHOPKIT_OPENAI_API_KEY" in checkup.endpoint(settings, online=True).fix
