"""Pictures whose factors are known are those of their factors."""

import numpy as np
import pytest

from vae_core.data.shapes import DRAWINGS
from vae_core.errors import DataRefused
from vae_core.intake.drawn import draw

EVERY = np.arange(400)


def centre(image: np.ndarray) -> tuple[float, float]:
    """(x, y) of the middle of what is bright, −1 to 1, to the right and up."""
    weights = image.max(axis=0).astype(float)
    rows, columns = np.mgrid[0:64, 0:64]
    return ((columns * weights).sum() / weights.sum() - 31.5) / 32, (31.5 - (rows * weights).sum() / weights.sum()) / 32


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_picture_is_the_same_by_its_number_whichever_others_are_drawn(name: str) -> None:
    drawing = DRAWINGS[name]
    together = drawing.draw(drawing.factors(EVERY, 3))
    for numbers in ([7], [7, 300, 20], [399, 0]):
        assert np.array_equal(drawing.draw(drawing.factors(np.array(numbers), 3)), together[numbers])
    far = drawing.factors(np.array([900_000, 2]), 3)
    assert all(np.array_equal(values[1:], drawing.factors(np.array([2]), 3)[key]) for key, values in far.items())
    assert not np.array_equal(drawing.draw(drawing.factors(EVERY, 4)), together)


@pytest.mark.parametrize("name", DRAWINGS)
def test_factors_are_independent_and_every_value_is_as_likely(name: str) -> None:
    factors = DRAWINGS[name].factors(np.arange(20_000), 0)
    for values, count in zip(factors.values(), DRAWINGS[name].sizes.values(), strict=True):
        shares = np.unique(values, return_counts=True)[1] / 20_000
        assert len(shares) == count
        assert np.abs(shares * count - 1).max() < 5 * np.sqrt(count / 20_000)
    correlations = np.corrcoef(np.stack(list(factors.values())))
    assert np.abs(correlations - np.eye(len(factors))).max() < 0.04


def test_a_shape_lies_where_its_factors_say_whole_and_in_its_colour() -> None:
    drawing = DRAWINGS["shapes"]
    factors = drawing.factors(EVERY, 0)
    images = drawing.draw(factors)
    assert images[:, :, [0, -1]].max() == images[:, :, :, [0, -1]].max() == 0, "nothing is cut off"
    for row in np.flatnonzero(factors["shape"] < 2)[:40]:
        x, y = centre(images[row])
        assert abs(x - 0.55 * factors["x"][row]) < 0.01
        assert abs(y - 0.55 * factors["y"][row]) < 0.01
    red = images[np.flatnonzero(factors["hue"] == 0)[0]]
    assert red[0].max() == 255
    assert red[1:].max() == 0


def test_a_square_covers_as_many_pixels_as_its_area_at_every_angle() -> None:
    drawing = DRAWINGS["shapes"]
    factors = {name: np.full(8, value, np.float32) for name, value in
               {"shape": 0, "size": 1, "x": 0.1, "y": -0.3, "hue": 0}.items()}  # fmt: skip
    factors["angle"] = np.linspace(0, 1, 8, dtype=np.float32)
    areas = drawing.draw(factors)[:, 0].sum(axis=(1, 2)) / 255
    assert np.abs(areas - (2 * 0.8 * 0.17 * 64) ** 2).max() < 3


def test_however_far_a_square_moves_as_many_pixels_change() -> None:
    drawing = DRAWINGS["squares"]
    base = dict.fromkeys(drawing.sizes, 0.0)
    moved = [{**base, "x of red": float(step)} for step in range(8)]
    images = drawing.draw({name: np.array([each[name] for each in moved], np.float32) for name in base})
    changes = (images[1:] != images[0]).sum(axis=(1, 2, 3))
    assert (changes == 2 * 64).all()


def test_too_few_or_too_many_are_refused() -> None:
    for count in (0, 1, 1_000_001):
        with pytest.raises(DataRefused, match="expected 2 to 1,000,000 pictures"):
            draw("shapes", count)
    with pytest.raises(DataRefused, match="choose one of shapes, squares"):
        draw("stars", 10)
