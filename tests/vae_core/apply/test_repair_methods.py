"""All methods side by side: the same images, damaged in the same way, and what is known is kept."""

import numpy as np
import pytest

from vae_core.apply.repair import methods
from vae_core.apply.repair.damage import REGIONS, Damage
from vae_core.apply.repair.methods import repair
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.data.source import Split
from vae_core.errors import ConfigInvalid
from vae_core.model.networks import build_vae

MODEL = build_vae(parse_config({"dataset": "digits", "hidden_sizes": (8,)}))
LOWER = Damage(hidden=REGIONS["lower part"]((1, 8, 8), 0.5))


@pytest.fixture(scope="module")
def digits() -> tuple[Split, Split]:
    train, held_out = registry.load("digits", "train"), registry.load("digits", "held-out")
    return train[np.arange(200)], held_out[np.arange(100)]


def test_each_method_has_a_figure_for_each_image_and_the_same_again_for_a_seed(digits: tuple[Split, Split]) -> None:
    found, again = (repair(MODEL, *digits, Damage(0.3), folds=5, images=4, starts=1, seed=2) for _ in range(2))
    assert {len(each) for each in [*found.psnr_db.values(), *found.ssim.values()]} == {20}
    assert len(found.by_fold(found.psnr_db[methods.PCA])) == 5
    for name, values in found.psnr_db.items():
        np.testing.assert_array_equal(values, again.psnr_db[name])
    assert len(set(found.rows.tolist())) == 20
    assert found.psnr_db[methods.PCA].mean() > found.psnr_db[methods.UNTOUCHED].mean() + 3


def test_pixels_that_are_known_are_kept_by_all(digits: tuple[Split, Split]) -> None:
    found = repair(MODEL, *digits, LOWER, folds=5, images=2, starts=1)
    for each in found.found.values():
        np.testing.assert_array_equal(each[:, :, :4], found.true[:, :, :4])
    np.testing.assert_array_equal(found.seen[:, :, :4], found.true[:, :, :4])


def test_non_local_means_are_named_as_missing_without_scikit_image(
    digits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "has_scikit_image", lambda: False)
    found = repair(MODEL, *digits, LOWER, folds=5, images=1, starts=1)
    assert found.missing == (methods.NON_LOCAL,)
    assert methods.NON_LOCAL not in found.psnr_db


def test_non_local_means_of_grey_and_of_coloured_images_are_scikit_images() -> None:
    restoration = pytest.importorskip("skimage.restoration")
    images = np.random.default_rng(0).random((1, 3, 12, 16))
    settings = {"patch_size": 5, "patch_distance": 6, "h": 0.16, "sigma": 0.2}
    grey = restoration.denoise_nl_means(images[0, 0], **settings)
    np.testing.assert_allclose(methods.non_local_means(images[:, :1], 0.2, 0.8)[0, 0], grey)
    coloured = restoration.denoise_nl_means(images[0].transpose(1, 2, 0), channel_axis=-1, **settings)
    np.testing.assert_allclose(methods.non_local_means(images, 0.2, 0.8)[0], coloured.transpose(2, 0, 1))


def test_nothing_to_repair_and_too_few_images_are_said(digits: tuple[Split, Split]) -> None:
    with pytest.raises(ConfigInvalid, match="nothing is damaged"):
        repair(MODEL, *digits, Damage())
    with pytest.raises(ConfigInvalid, match="10 folds need 10 held-out images"):
        repair(MODEL, digits[0], digits[1][np.arange(4)], LOWER)
