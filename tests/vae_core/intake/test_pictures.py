"""Every kind of picture is read as people see it."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.vae_core.intake.hostile import header, png
from tests.vae_core.intake.pictures_for_tests import encoded, picture
from vae_core.intake.containers import Unreadable
from vae_core.intake.pictures import MOST_PIXELS, Preparation, decode, measure

GREY = Preparation((12, 12), colour=False)
COLOUR = Preparation((12, 12), colour=True)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_colours_come_as_they_are_from_every_format_without_loss(kind: str) -> None:
    few = (picture(1) // 64) * 64  # a GIF has 256 colours
    got = decode(encoded(few, kind, **({"lossless": True} if kind == "WEBP" else {})), COLOUR)
    assert np.array_equal(got, few.transpose(2, 0, 1))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 1}])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_is_pillows_own_reading_whichever_way_it_goes(options: dict[str, int], channels: int) -> None:
    data = encoded(picture(2, 12, channels), "JPEG", quality=90, **options)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert np.array_equal(decode(data, COLOUR if channels == 3 else GREY), np.atleast_3d(expected).transpose(2, 0, 1))


@pytest.mark.parametrize("side", [63, 64, 130, 300])
def test_a_large_jpeg_is_decoded_at_a_fraction_of_its_size_as_pillow_does(side: int) -> None:
    """A comment is nothing special; a thumbnail's marker is, and goes the other way: both see the same pixels."""
    data = encoded(picture(2, side), "JPEG", quality=90)
    special = data[:2] + b"\xff\xe3\x00\x04ab" + data[2:]
    wanted = Preparation((16, 16), colour=True)
    assert np.array_equal(decode(data, wanted), decode(special, wanted))


def test_a_jpeg_turned_by_its_exif_orientation_stands_upright() -> None:
    upright = picture(3)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    data = encoded(np.rot90(upright), "JPEG", quality=100, subsampling=0, exif=exif)
    assert np.abs(decode(data, COLOUR).astype(int) - upright.transpose(2, 0, 1)).max() < 12


def test_colours_of_sixteen_bits_and_pictures_for_two_eyes_are_read() -> None:
    row = b"\0" + struct.pack(">6H", 0, 0x8000, 0xFFFF, 0x0100, 0x7F00, 0xFF00)
    sixteen = png(header(2, 2, 16), (b"IDAT", zlib.compress(row * 2)), (b"IEND", b""))
    shown = decode(sixteen, Preparation((8, 8), colour=True, fit="stretch"))
    assert shown[:, 0, 0].tolist() == pytest.approx([0, 128, 255], abs=2)
    left, right = (Image.fromarray(picture(number)) for number in (1, 2))
    two = saved(left, "MPO", save_all=True, append_images=[right], quality=95, subsampling=0)
    assert np.abs(decode(two, COLOUR).astype(int) - picture(1).transpose(2, 0, 1)).max() < 25


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    deep = (np.arange(144).reshape(12, 12) * 455).astype(np.uint16)
    got = decode(saved(Image.fromarray(deep)), GREY)
    assert np.abs(got[0] - deep / 257).max() <= 0.51
    assert got.max() > got.min() + 200


def test_what_is_transparent_lies_over_the_ground_that_was_chosen() -> None:
    hidden = np.dstack([picture(4), np.zeros((12, 12), np.uint8)])
    data = saved(Image.fromarray(hidden))
    assert (decode(data, COLOUR) == 255).all()
    assert (decode(data, Preparation((12, 12), colour=False, ground=0)) == 0).all()


def test_a_palette_with_a_transparent_colour_and_grey_with_alpha_do_not_show_what_they_hide() -> None:
    palette = Image.fromarray(np.zeros((12, 12), np.uint8), "L").convert("P")
    assert (decode(saved(palette, transparency=0), COLOUR) == 255).all()
    grey = Image.merge("LA", (Image.new("L", (12, 12), 40), Image.new("L", (12, 12), 0)))
    assert (decode(saved(grey), GREY) == 255).all()


def test_a_palette_gives_its_colours_and_not_its_indices() -> None:
    image = Image.fromarray(picture(5)).quantize(8)
    assert np.array_equal(decode(saved(image), COLOUR), np.asarray(image.convert("RGB")).transpose(2, 0, 1))


def test_one_bit_is_black_and_white() -> None:
    bits = Image.fromarray((np.indices((12, 12)).sum(0) % 2 * 255).astype(np.uint8)).convert("1")
    assert set(np.unique(decode(saved(bits), GREY))) == {0, 255}


def test_inks_become_colours() -> None:
    inks = Image.new("CMYK", (12, 12), (0, 255, 255, 0))
    red, green, blue = decode(saved(inks, "JPEG", quality=100), COLOUR).reshape(3, -1).mean(axis=1)
    assert red > 200
    assert max(green, blue) < 60


def test_floating_point_grey_from_0_to_1_is_black_to_white() -> None:
    got = decode(saved(Image.fromarray(np.linspace(0, 1, 144, dtype=np.float32).reshape(12, 12)), "TIFF"), GREY)
    assert (got.min(), got.max()) == (0, 255)


def test_pixels_that_are_no_numbers_are_refused() -> None:
    bad = np.full((12, 12), np.nan, np.float32)
    with pytest.raises(Unreadable, match="no numbers"):
        decode(saved(Image.fromarray(bad), "TIFF"), GREY)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (12, 12), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data, COLOUR)[:, 0, 0].tolist() == [255, 0, 0]


def test_fit_keeps_all_with_borders_fill_cuts_and_stretch_does_neither() -> None:
    wide = np.zeros((12, 24), np.uint8)
    wide[:, :6] = wide[:, 18:] = 200  # bright ends
    data = encoded(wide)
    fit, fill, stretch = (
        decode(data, Preparation((12, 12), colour=False, fit=fit, ground=77))[0]  # type: ignore[arg-type]
        for fit in ("fit", "fill", "stretch")
    )
    assert (fit[0] == 77).all()
    assert fit[6, 0] > 150
    assert fill.max() < 60
    assert stretch[0, 0] > 150
    assert stretch.shape == fit.shape == fill.shape == (12, 12)


def test_inverted_is_white_for_black() -> None:
    data = encoded(picture(6, channels=1))
    inverted = decode(data, Preparation((12, 12), colour=False, inverted=True))
    assert np.array_equal(inverted, 255 - decode(data, GREY))


@pytest.mark.parametrize("data", [b"", b"no picture", b"<html><body>403</body></html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable, match="no picture of a known format"):
        decode(data, GREY)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_a_picture_cut_in_half_is_damaged(kind: str) -> None:
    data = encoded(picture(7, 40), kind)
    with pytest.raises(Unreadable):
        decode(data[: len(data) // 2], GREY)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    side = int(MOST_PIXELS**0.5) + 1
    head = Image.new("1", (side, side))
    data = saved(head)
    with pytest.raises(Unreadable, match="more than 100 million"):
        decode(data, GREY)


def test_a_picture_is_measured_as_it_is_seen() -> None:
    assert measure(encoded(picture(8)[:, :9])) == (12, 9, True)
    assert measure(encoded(picture(8, channels=1), "JPEG")) == (12, 12, False)
    assert measure(saved(Image.fromarray(picture(8, channels=1)).convert("RGB"))) == (12, 12, False), (
        "grey in three channels"
    )
