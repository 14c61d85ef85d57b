"""PSNR and SSIM against their formulas written out, and against scikit-image where it is installed."""

import math

import numpy as np
import pytest

from vae_core.apply.repair.image_quality import MOST_DB, psnr, ssim
from vae_core.errors import ShapeMismatch

RANDOM = np.random.default_rng(0)
TRUE = RANDOM.random((3, 3, 12, 17))
FOUND = (TRUE + 0.2 * RANDOM.standard_normal(TRUE.shape)).clip(0, 1)


def test_psnr_is_ten_decibels_for_each_tenfold_smaller_error() -> None:
    black = np.zeros((1, 1, 4, 4))
    assert psnr(black, black + 0.1) == pytest.approx([20.0])
    assert psnr(black, black + 1.0) == pytest.approx([0.0])
    assert psnr(black, black) == pytest.approx([MOST_DB])


def test_ssim_of_one_window_is_the_formula_of_its_paper() -> None:
    true, found = TRUE[:1, :1, :7, :7], FOUND[:1, :1, :7, :7]
    covariance = np.cov(true.ravel(), found.ravel())  # of a sample, as scikit-image takes it
    means = true.mean(), found.mean()
    above = (2 * means[0] * means[1] + 0.01**2) * (2 * covariance[0, 1] + 0.03**2)
    below = (means[0] ** 2 + means[1] ** 2 + 0.01**2) * (covariance[0, 0] + covariance[1, 1] + 0.03**2)
    assert ssim(true, found) == pytest.approx([above / below], abs=1e-12)


def test_only_an_equal_image_is_wholly_similar() -> None:
    assert ssim(TRUE, TRUE) == pytest.approx(1.0)
    assert (ssim(TRUE, FOUND) < 0.99).all()
    assert ssim(TRUE[..., :6, :6], TRUE[..., :6, :6]) == pytest.approx(1.0)  # smaller than a window


def test_images_of_other_shapes_are_not_compared() -> None:
    with pytest.raises(ShapeMismatch, match="each image with its own"):
        psnr(TRUE, FOUND[:1])


def test_both_are_what_scikit_image_says() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    for index in range(len(TRUE)):
        true, found = TRUE[index], FOUND[index]
        expected = metrics.structural_similarity(true, found, data_range=1.0, channel_axis=0)
        assert ssim(TRUE, FOUND)[index] == pytest.approx(expected, abs=1e-6)
        expected = metrics.peak_signal_noise_ratio(true, found, data_range=1.0)
        assert psnr(TRUE, FOUND)[index] == pytest.approx(expected, abs=1e-6)
        assert math.isfinite(expected)
