"""What principal components make of a damaged image, against scikit-learn and a Gaussian conditioned by hand."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae_core.apply.repair.damage import Damage, damaged
from vae_core.apply.repair.linear_repair import (
    EachPixel,
    LinearRepair,
    best_components,
    each_pixel,
    principal_components,
)

RANDOM = np.random.default_rng(0)
MIXED = RANDOM.standard_normal((3, 30)) * np.array([[3.0], [2.0], [1.0]])
IMAGES = (RANDOM.standard_normal((200, 3)) @ MIXED + 0.1 * RANDOM.standard_normal((200, 30)) + 1).reshape(200, 1, 5, 6)


def test_of_undamaged_images_its_components_are_scikit_learns_up_to_the_shrinkage_of_its_prior() -> None:
    (found,) = principal_components(IMAGES, Damage(), [3])
    theirs = PCA(3).fit(IMAGES.reshape(200, -1))
    assert found.residual == pytest.approx(theirs.noise_variance_, abs=1e-9)
    shrunk = 1 - theirs.noise_variance_ / theirs.explained_variance_  # (K,)
    codes = theirs.transform(IMAGES.reshape(200, -1)) * shrunk
    np.testing.assert_allclose(found(IMAGES).reshape(200, -1), theirs.inverse_transform(codes), atol=1e-6)


@pytest.mark.parametrize("damage", [Damage(0.3), Damage(0.1, 0.8), Damage(0.2, 0.0, np.arange(30).reshape(5, 6) > 20)])
def test_a_repair_is_the_mean_of_the_gaussian_given_what_is_seen(damage: Damage) -> None:
    """By the covariance of all pixels, which the repair never writes down."""
    (found,) = principal_components(IMAGES, damage, [3])
    visible = damage.visible((1, 5, 6))
    through = damage.blurred(np.eye(30).reshape(30, 1, 5, 6)).reshape(30, 30).T[visible]  # (V, P): A
    covariance = found.axes @ found.axes.T
    noise = (found.residual + damage.noise_sigma**2) * np.eye(int(visible.sum()))
    gain = covariance @ through.T @ np.linalg.inv(through @ covariance @ through.T + noise)
    seen = damaged(IMAGES[:7], damage).reshape(7, -1)
    expected = found.mean + (seen[:, visible] - through @ found.mean) @ gain.T
    np.testing.assert_allclose(found(damaged(IMAGES[:7], damage)).reshape(7, -1), expected, atol=1e-6)


def test_as_many_components_are_taken_as_the_images_have() -> None:
    damage = Damage(0.5)
    found = best_components(IMAGES, damage)
    assert isinstance(found, LinearRepair)
    assert found.axes.shape[1] >= 4  # of 2, 4, 8 … one that holds all three
    (two,) = principal_components(IMAGES, damage, [2])
    seen = damaged(IMAGES, damage, seed=7)
    assert np.square(found(seen) - IMAGES).mean() < np.square(two(seen) - IMAGES).mean()


def test_each_pixel_by_itself_gives_back_the_mean_where_nothing_is_seen_and_the_value_where_all_is() -> None:
    hidden = np.zeros((5, 6), dtype=bool)
    hidden[2:] = True
    alone = each_pixel(IMAGES, Damage(hidden=hidden))
    assert isinstance(alone, EachPixel)
    np.testing.assert_allclose(alone(IMAGES)[:, :, :2], IMAGES[:, :, :2], atol=1e-9)
    np.testing.assert_allclose(
        alone(IMAGES)[:, :, 2:], np.broadcast_to(IMAGES.mean(0), IMAGES.shape)[:, :, 2:], atol=1e-9
    )
