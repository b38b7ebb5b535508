"""Opening a merchant's picture: the same colours whatever the file, or a refusal in words."""

import hashlib
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from shopkit.errors import InputRefused
from shopkit.image.colour import delta_e_2000, to_lab
from shopkit.image.picture import to_linear, to_srgb
from shopkit.image.read import read_picture
from tests.image.files import P3, apng, bomb, profile, to_xyz

SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
PATCHES = np.array(
    [
        [[200, 16, 46], [20, 120, 60], [30, 60, 150]],
        [[240, 200, 80], [128, 128, 128], [250, 250, 250]],
    ],
    np.uint8,
)


def saved(path, image, **how):
    image.save(path, **how)
    return path


def refused(path, **how):
    with pytest.raises(InputRefused) as caught:
        read_picture(path, **how)
    assert str(path.name) in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".bmp", ".gif"])
def test_what_was_saved_is_read(tmp_path, suffix):
    path = saved(tmp_path / f"红{suffix}", Image.fromarray(PATCHES), **{"lossless": True})
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, PATCHES)
    assert picture.size == (3, 2)
    assert picture.alpha is None
    assert picture.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert picture.notes == (("palette",) if suffix == ".gif" else ())


def test_a_jpeg_keeps_its_dpi(tmp_path):
    grey = np.full((40, 30, 3), 90, np.uint8)
    path = saved(tmp_path / "a.jpg", Image.fromarray(grey), quality=95, dpi=(300, 300))
    picture = read_picture(path)
    assert (picture.format, picture.dpi) == ("JPEG", (300, 300))
    assert np.array_equal(picture.rgb, grey)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_set_upright(tmp_path, orientation):
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:8, :8] = 255
    lying = {  # what a camera stores so that the tag turns it upright (EXIF 2.3, 4.6.4)
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "a.png", Image.fromarray(np.ascontiguousarray(lying)), exif=exif)
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, upright)
    assert ("exif_rotated" in picture.notes) == (orientation > 1)


def test_a_display_p3_photo_does_not_shift(tmp_path):
    to_p3 = np.linalg.inv(to_xyz(P3)) @ to_xyz(SRGB)
    in_p3 = np.round(to_srgb(to_linear(PATCHES) @ to_p3.T)).astype(np.uint8)
    path = tmp_path / "phone.png"
    saved(path, Image.fromarray(in_p3), icc_profile=profile(P3, "Display P3"))
    picture = read_picture(path)
    meant = to_srgb(to_linear(in_p3) @ np.linalg.inv(to_p3).T)  # what those bytes stand for
    shift = delta_e_2000(to_lab(picture.rgb), to_lab(meant))
    assert shift.max() < 0.5
    assert picture.notes == ("icc:Display P3",)
    assert delta_e_2000(to_lab(in_p3), to_lab(meant)).max() > 3  # what dropping the tag would do


def test_an_srgb_profile_changes_no_pixel(tmp_path):
    every = np.arange(256 * 3, dtype=np.uint8).reshape(16, 16, 3)
    tagged = saved(tmp_path / "a.png", Image.fromarray(every), icc_profile=profile(SRGB, "mine"))
    assert np.array_equal(read_picture(tagged).rgb, every)
    assert read_picture(tagged).notes == ()


def test_a_broken_profile_is_left_out(tmp_path):
    path = saved(tmp_path / "a.png", Image.fromarray(PATCHES), icc_profile=b"no profile at all")
    assert np.array_equal(read_picture(path).rgb, PATCHES)


def test_a_colour_profile_on_a_grey_picture(tmp_path):
    grey = np.full((3, 4), 128, np.uint8)
    path = saved(tmp_path / "a.png", Image.fromarray(grey), icc_profile=profile(P3, "Display P3"))
    assert np.abs(read_picture(path).rgb.astype(int) - 128).max() <= 1  # grey is grey in both


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_without_a_profile(tmp_path, suffix):
    ink = np.zeros((8, 8, 4), np.uint8)
    ink[..., 1:3] = 255  # magenta and yellow: red
    path = saved(tmp_path / f"a{suffix}", Image.fromarray(ink, "CMYK"))
    picture = read_picture(path)
    assert np.abs(picture.rgb.astype(int) - (255, 0, 0)).max() <= 3
    assert picture.notes == ("cmyk", "cmyk_no_profile")


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path, suffix):
    deep = np.linspace(0, 65535, 300).astype(np.uint16).reshape(10, 10, 3)
    cv2.imwrite(str(tmp_path / f"a{suffix}"), deep[..., ::-1])
    picture = read_picture(tmp_path / f"a{suffix}")
    assert np.abs(picture.rgb - deep / 257.0).max() <= 1
    assert picture.notes == ("16bit",)


def test_sixteen_bits_of_grey(tmp_path):
    deep = np.linspace(0, 65535, 100).astype(np.uint16).reshape(10, 10)
    path = saved(tmp_path / "a.png", Image.fromarray(deep))
    picture = read_picture(path)
    assert np.array_equal(picture.rgb[..., 1], np.round(deep / 257.0).astype(np.uint8))
    assert picture.notes == ("16bit",)


def test_float_grey_of_zero_to_one(tmp_path):
    path = saved(
        tmp_path / "a.tif", Image.fromarray(np.linspace(0, 1, 9, dtype=np.float32).reshape(3, 3))
    )
    assert read_picture(path).rgb[..., 0].ravel().tolist() == [
        0,
        32,
        64,
        96,
        128,
        159,
        191,
        223,
        255,
    ]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_kept(tmp_path, mode):
    clear = np.zeros((2, 3, 4), np.uint8)
    clear[..., :3], clear[..., 3] = 90, [[0, 128, 255], [255, 1, 0]]
    image = Image.fromarray(clear)
    image = image.convert("LA").convert(mode) if mode != "RGBA" else image
    path = (
        saved(tmp_path / "a.tif", image)
        if mode != "PA"
        else saved(tmp_path / "a.png", Image.fromarray(clear))
    )
    picture = read_picture(path)
    assert np.array_equal(picture.alpha, clear[..., 3])
    assert (picture.rgb == 90).all()


def test_a_palette_with_a_transparent_colour(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    picture = read_picture(saved(tmp_path / "a.png", image, transparency=1))
    assert picture.rgb.tolist() == [[[255, 0, 0], [0, 0, 255]]]
    assert picture.alpha.tolist() == [[255, 0]]
    assert picture.notes == ("palette",)


def test_an_alpha_that_hides_nothing_is_none(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("RGBA", (3, 3), (1, 2, 3, 255)))
    assert read_picture(path).alpha is None


def test_the_content_decides_not_the_name(tmp_path):
    out = io.BytesIO()
    Image.fromarray(PATCHES).save(out, "PNG")
    (tmp_path / "a.jpg").write_bytes(out.getvalue())
    picture = read_picture(tmp_path / "a.jpg")
    assert np.array_equal(picture.rgb, PATCHES)
    assert (picture.format, picture.notes) == ("PNG", ("suffix:.jpg",))


def test_a_heic_photo(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    grey = np.full((64, 96, 3), 120, np.uint8)
    heif.from_pillow(Image.fromarray(grey)).save(tmp_path / "a.heic", quality=95)
    picture = read_picture(tmp_path / "a.heic")
    assert (picture.size, picture.format) == ((96, 64), "HEIF")
    assert np.abs(picture.rgb.astype(int) - 120).max() <= 3


def test_a_heic_photo_without_its_plugin(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    assert refused(tmp_path / "a.heic") == "image_heic_plugin"


def test_missing_folder_empty(tmp_path):
    assert refused(tmp_path / "no.jpg") == "image_missing"
    (tmp_path / "folder.jpg").mkdir()
    assert refused(tmp_path / "folder.jpg") == "image_is_folder"
    (tmp_path / "empty.jpg").touch()
    assert refused(tmp_path / "empty.jpg") == "image_empty"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"<!DOCTYPE html>", "HTML"),
        (b"PK\x03\x04...", "ZIP"),
        (b"hm", "?"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, content, kind):
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(InputRefused) as caught:
        read_picture(tmp_path / "photo.jpg")
    assert (caught.value.code, caught.value.values["kind"]) == ("image_not_a_picture", kind)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".bmp"])
def test_cut_short(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    path = saved(tmp_path / f"a{suffix}", Image.fromarray(noise))
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert refused(path) in ("image_truncated", "image_not_a_picture")


def test_a_bent_byte_in_a_png(tmp_path):
    path = saved(tmp_path / "a.png", Image.fromarray(np.repeat(PATCHES, 9, axis=0)))
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"IDAT") + 9] ^= 0xFF
    path.write_bytes(whole)
    assert refused(path) == "image_truncated"


def test_animations_and_pages_are_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(apng([0, 128, 255]))
    frames = [Image.new("RGB", (4, 4), (level, 0, 0)) for level in (0, 128, 255)]
    for name in ("a.gif", "a.webp", "a.tif"):
        saved(tmp_path / name, frames[0], save_all=True, append_images=frames[1:])
    for name in ("a.png", "a.gif", "a.webp", "a.tif"):
        with pytest.raises(InputRefused) as caught:
            read_picture(tmp_path / name)
        assert (caught.value.code, caught.value.values["frames"]) == ("image_animated", 3)


def test_a_phone_photo_with_a_second_picture_in_it(tmp_path):
    photo, depth = Image.new("RGB", (8, 6), (200, 0, 0)), Image.new("RGB", (4, 3))
    photo.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[depth])
    picture = read_picture(tmp_path / "a.jpg")
    assert (picture.size, picture.format, picture.notes) == ((8, 6), "JPEG", ())


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path):
    (tmp_path / "a.png").write_bytes(bomb(60_000, 60_000))
    assert refused(tmp_path / "a.png") == "image_too_large"
    (tmp_path / "b.png").write_bytes(bomb(9_500, 9_500))
    assert refused(tmp_path / "b.png") == "image_too_large"


def test_the_pixel_limit_is_the_callers(tmp_path):
    path = saved(tmp_path / "a.png", Image.fromarray(PATCHES))
    assert read_picture(path, max_pixels=6).size == (3, 2)
    assert refused(path, max_pixels=5) == "image_too_large"
