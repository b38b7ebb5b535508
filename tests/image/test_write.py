"""Writing a picture: any program shows the same colours, every run makes the same bytes."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from shopkit.errors import InputRefused, UsageFault
from shopkit.image.read import read_picture
from shopkit.image.write import verify_picture, write_picture

RNG = np.random.default_rng(3)
PHOTO = np.clip(np.cumsum(RNG.normal(0, 4, (60, 80, 3)), axis=1) + 128, 0, 255).astype(np.uint8)
COVER = np.tile(np.linspace(0, 1, 80, dtype=np.float32), (60, 1))


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".TIFF"])
def test_lossless_there_and_back(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_picture(path, PHOTO, dpi=(300, 300))
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, PHOTO)
    assert picture.dpi == pytest.approx((300, 300), abs=0.01)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_transparency_and_no_colour_under_it(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_picture(path, PHOTO, COVER)
    picture = read_picture(path)
    assert np.array_equal(picture.alpha, np.round(COVER * 255))
    shown = picture.alpha > 0
    assert np.array_equal(picture.rgb[shown], PHOTO[shown])
    assert not picture.rgb[~shown].any()


def test_a_jpeg_has_full_colour_resolution(tmp_path):
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (200, 16, 46), (16, 60, 200)
    write_picture(tmp_path / "a.jpg", stripes, dpi=(72, 72), quality=98)
    picture = read_picture(tmp_path / "a.jpg")
    assert np.abs(picture.rgb.astype(int) - stripes).max() < 12  # 4:2:0 would mix the stripes
    assert picture.dpi == (72, 72)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_the_profile_and_the_program_stand_in_the_file(tmp_path, name):
    write_picture(tmp_path / name, PHOTO, xmp="<x:xmpmeta/>")
    with Image.open(tmp_path / name) as image:
        source = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(source)
        image.load()
        said = image.info.get("Software") or image.getexif().get(0x0131)
        assert said.startswith("shopkit ")
    assert b"<x:xmpmeta/>" in (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_the_same_bytes_at_any_hour(tmp_path, name, monkeypatch):
    write_picture(tmp_path / name, PHOTO, dpi=(300, 300))
    first = (tmp_path / name).read_bytes()
    from shopkit.image import modes

    modes._srgb.cache_clear()
    modes._srgb_bytes.cache_clear()
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stamped = made[:24] + bytes.fromhex("07ea0001000100020003") + made[34:]
    monkeypatch.setattr(ImageCms.ImageCmsProfile, "tobytes", lambda self: stamped)
    write_picture(tmp_path / name, PHOTO, dpi=(300, 300))
    assert (tmp_path / name).read_bytes() == first


def test_what_cannot_be_written_is_said_first(tmp_path):
    with pytest.raises(UsageFault, match=r"\.png"):
        write_picture(tmp_path / "a.heic", PHOTO)
    with pytest.raises(UsageFault, match="background"):
        write_picture(tmp_path / "a.jpg", PHOTO, COVER)
    with pytest.raises(InputRefused, match="16383"):
        write_picture(tmp_path / "a.webp", np.zeros((1, 16384, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_a_written_file_is_opened_again(tmp_path):
    write_picture(tmp_path / "a.png", PHOTO)
    verify_picture(tmp_path / "a.png", (80, 60))
    with pytest.raises(InputRefused, match="60, 80") as caught:
        verify_picture(tmp_path / "a.png", (60, 80))
    assert caught.value.code == "image_write_broken"
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:-200])
    with pytest.raises(InputRefused) as caught:
        verify_picture(tmp_path / "a.png")
    assert caught.value.code == "image_write_broken"
