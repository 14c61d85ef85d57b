"""What happens to an image, and that as much is known of it."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from vae_core.apply.repair.damage import REGIONS, Damage, damaged, mask_cells, mask_from, mask_text
from vae_core.errors import ConfigInvalid

IMAGES = np.random.default_rng(0).random((4, 2, 9, 13))


@pytest.mark.parametrize("sigma", [0.4, 1.5, 6.0])
def test_blur_is_scipys_gaussian_also_where_it_reaches_over_the_edge_and_back(sigma: float) -> None:
    expected = gaussian_filter(IMAGES, (0, 0, sigma, sigma), mode="reflect")
    np.testing.assert_allclose(damaged(IMAGES, Damage(blur_sigma=sigma)), expected, atol=1e-12)


def test_noise_is_as_wide_as_asked_for_and_the_same_for_a_seed() -> None:
    many = np.zeros((100, 1, 10, 10))
    found = damaged(many, Damage(noise_sigma=0.3), seed=5)
    assert found.std() == pytest.approx(0.3, abs=0.01)
    np.testing.assert_array_equal(found, damaged(many, Damage(noise_sigma=0.3), seed=5))
    assert not np.array_equal(found, damaged(many, Damage(noise_sigma=0.3), seed=6))


@pytest.mark.parametrize("name", sorted(REGIONS.keys() - {"nothing"}))
def test_a_region_hides_about_the_share_that_was_asked_for(name: str) -> None:
    hidden = REGIONS[name]((1, 40, 60), 0.25)
    assert hidden.shape == (40, 60)
    assert hidden.mean() == pytest.approx(0.25, abs=0.02)


def test_what_is_hidden_is_hidden_in_all_channels() -> None:
    hidden = np.zeros((9, 13), dtype=bool)
    hidden[0, 1] = True
    visible = Damage(hidden=hidden).visible((2, 9, 13)).reshape(2, 9, 13)
    assert not visible[:, 0, 1].any()
    assert visible.sum() == 2 * 9 * 13 - 2


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    with pytest.raises(ConfigInvalid, match="noise: expected a number from 0 to 2"):
        Damage(noise_sigma=float("nan"))
    with pytest.raises(ConfigInvalid, match="leave some visible"):
        Damage(hidden=np.ones((9, 13), dtype=bool))
    with pytest.raises(ConfigInvalid, match="9×9 and the images are 9×13"):
        Damage(hidden=np.eye(9, dtype=bool)).visible((2, 9, 13))


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 50, 70)])
def test_what_a_brush_painted_comes_back_from_its_text(shape: tuple[int, int, int]) -> None:
    cells = np.random.default_rng(0).random(mask_cells(shape)) < 0.3
    hidden = mask_from(mask_text(cells), shape)
    assert hidden.shape == shape[1:]
    assert hidden.mean() == pytest.approx(cells.mean(), abs=0.05)
    if max(shape) <= 32:
        np.testing.assert_array_equal(hidden, cells)
    assert not mask_from("", shape).any()


@pytest.mark.parametrize("text", ["ff", "zz" * 8, "0" * 15, "0" * 18])
def test_a_brush_of_another_size_is_refused(text: str) -> None:
    with pytest.raises(ConfigInvalid, match="paint the region anew"):
        mask_from(text, (1, 8, 8))
