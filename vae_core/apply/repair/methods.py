"""Damaged images given back by a model and by what does without one, and how near each comes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from vae_core.apply.repair.damage import Damage, Floats, damaged
from vae_core.apply.repair.image_quality import psnr, ssim
from vae_core.apply.repair.latent_repair import STARTS, LatentRepair
from vae_core.apply.repair.linear_repair import best_components, each_pixel
from vae_core.data.source import Labels, Pixels, Split
from vae_core.errors import ConfigInvalid
from vae_core.model.networks import VAE, as_tensor

FOLDS, IMAGES_A_FOLD = 10, 20
MOST_FITTED = 2000
"""Training images that PCA and the lines of single pixels are fitted to."""
MOST_TRIED = 40
"""Training images by which filters are set."""
MEDIAN_SIDES, STRENGTHS = (3, 5), (0.4, 0.6, 0.8, 1.0)
ENCODER, POSTERIOR = "VAE encoder", "VAE posterior"
MEDIAN, NON_LOCAL, PCA = "Median filter", "Non-local means", "PCA"
UNTOUCHED, ALONE = "As it is", "Each pixel by itself"
OURS, RIVALS = (ENCODER, POSTERIOR), (MEDIAN, NON_LOCAL, PCA)
Report = Callable[[float, str], None]
Filter = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Repaired:
    """What came of it. psnr_db, ssim: for each method a figure for each image, (N,), fold after fold.

    true, seen, found: uint8 (N, C, H, W), found by method; seen has hidden pixels filled. rows: (N,), which images of
    their split these are. components: of PCA, chosen on training images. missing: of what rival there is no library.
    """

    psnr_db: Mapping[str, Floats]
    ssim: Mapping[str, Floats]
    true: Pixels
    seen: Pixels
    found: Mapping[str, Pixels]
    rows: np.ndarray[tuple[int], np.dtype[np.intp]]
    components: int
    folds: int
    missing: tuple[str, ...] = ()

    def by_fold(self, values: Floats) -> tuple[float, ...]:
        """Means of a figure over each fold's images: (N,) -> (F,)"""
        return tuple(values.reshape(self.folds, -1).mean(axis=1).tolist())


def repair(  # noqa: PLR0913
    model: VAE,
    train: Split,
    held_out: Split,
    damage: Damage,
    *,
    folds: int = FOLDS,
    images: int = IMAGES_A_FOLD,
    starts: int = STARTS,
    seed: int = 0,
    report: Report = lambda share, what: None,
) -> Repaired:
    """Damages held-out images, in folds with noise of their own, and has each method repair them.

    Where visible pixels are exact, every method keeps them: they are scored by what they put into the hidden ones.
    What is fitted, is fitted to training images, damaged likewise. A conditional model is told each image's class.
    Raises ConfigInvalid where nothing is damaged, or where there are fewer images than folds.
    """
    if damage.is_none:
        raise ConfigInvalid("nothing is damaged; choose noise, blur, or a region to hide")
    fitted = _scaled(_some(train.images, MOST_FITTED, seed))
    rows = _rows(len(held_out.images), folds, images, seed)  # (F, n)
    true = _scaled(held_out.images[rows.ravel()])
    seen = np.concatenate(
        [damaged(true[each], damage, seed=seed * 1000 + each[0]) for each in np.split(np.arange(len(true)), folds)]
    )
    report(0.1, "fitting what does without a network")
    rivals, components = _rivals(fitted, damage, seed)
    latent = LatentRepair(model, damage, fitted.mean(axis=0), _own_error(model, fitted))
    labels = _of_rows(held_out.labels, rows.ravel())
    filled = _filled(seen, fitted.mean(axis=0), damage)
    methods: dict[str, Filter] = {
        ENCODER: lambda images: latent.by_encoder(images, labels),
        POSTERIOR: lambda images: latent.by_posterior(images, labels, starts=starts, seed=seed),
        **rivals,
    }
    found = {UNTOUCHED: filled}
    for place, (name, method) in enumerate(methods.items()):
        report(0.2 + 0.8 * place / len(methods), name)
        found[name] = _kept(method(filled), seen, damage).clip(0, 1)
    return Repaired(
        psnr_db={name: psnr(true, each) for name, each in found.items()},
        ssim={name: ssim(true, each) for name, each in found.items()},
        true=_bytes(true),
        seen=_bytes(filled),
        found={name: _bytes(each) for name, each in found.items() if name != UNTOUCHED},
        rows=rows.ravel(),
        components=components,
        folds=folds,
        missing=() if has_scikit_image() else (NON_LOCAL,),
    )


def has_scikit_image() -> bool:
    """Whether scikit-image, which brings non-local means, is installed."""
    return importlib.util.find_spec("skimage") is not None


def median(images: Floats, side: int) -> Floats:
    """Each pixel's median with its neighbours, side × side of its channel: (N, C, H, W) -> the same."""
    from scipy.ndimage import median_filter  # noqa: PLC0415  scikit-learn brings it

    return np.asarray(median_filter(images, size=(1, 1, side, side)))


def non_local_means(images: Floats, noise_sigma: float, strength: float) -> Floats:
    """scikit-image's, told how much noise there is: (N, C, H, W) -> the same. strength: of its cut-off, in noise σ.

    Source: Buades, Coll & Morel 2005, doi 10.1109/CVPR.2005.38.
    """
    from skimage.restoration import denoise_nl_means  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  optional

    settings = {"patch_size": 5, "patch_distance": 6, "h": strength * max(noise_sigma, 0.02), "sigma": noise_sigma}
    if images.shape[1] == 1:  # its channel first, it would come back transposed: findings/non_local_means_transposed.sh
        return np.stack([denoise_nl_means(each[0], **settings)[None] for each in images])
    found = [denoise_nl_means(each.transpose(1, 2, 0), channel_axis=-1, **settings) for each in images]
    return np.stack(found).transpose(0, 3, 1, 2)


def _rivals(fitted: Floats, damage: Damage, seed: int) -> tuple[dict[str, Filter], int]:
    """What does without a network, each set as is best for some training images; and how many components PCA has."""
    tried = fitted[:MOST_TRIED]
    seen = _filled(damaged(tried, damage, seed=seed + 1), fitted.mean(axis=0), damage)

    def best(filters: list[Filter]) -> Filter:
        return filters[int(np.argmin([np.square(each(seen) - tried).mean() for each in filters]))]

    linear = best_components(fitted, damage, seed=seed)
    found: dict[str, Filter] = {
        MEDIAN: best([partial(median, side=side) for side in MEDIAN_SIDES]),
        PCA: linear,
        ALONE: each_pixel(fitted, damage, seed=seed),
    }
    if has_scikit_image():
        noise = damage.noise_sigma
        found[NON_LOCAL] = best([partial(non_local_means, noise_sigma=noise, strength=each) for each in STRENGTHS])
    return found, linear.axes.shape[1]


@torch.no_grad()
def _own_error(model: VAE, images: Floats) -> float:
    """The mean squared error of whole images (N, C, H, W) that go through the model; of a conditional one, told none,
    a usual width.
    """
    if model.config.is_conditional and not model.config.family.infers_labels:
        return _USUAL_ERROR
    x = torch.from_numpy(images[:200]).float()
    y = model.family.encoder_labels(model, x, None)
    return max(float((model.image(model.encode(x, y).mu, y) - x).square().mean()), _LEAST_ERROR)


_USUAL_ERROR, _LEAST_ERROR = 0.03, 1e-4


def _filled(seen: Floats, mean: Floats, damage: Damage) -> Floats:
    """With the training images' mean where nothing is seen."""
    shape = seen.shape[1], seen.shape[2], seen.shape[3]
    return np.where(damage.visible(shape).reshape(shape), seen, mean)


def _kept(found: Floats, seen: Floats, damage: Damage) -> Floats:
    """With what is known exactly as it is."""
    if not damage.is_exact:
        return found
    shape = seen.shape[1], seen.shape[2], seen.shape[3]
    return np.where(damage.visible(shape).reshape(shape), seen, found)


def _rows(count: int, folds: int, images: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Different images for each fold, the same for a seed: (F, n)."""
    each = min(images, count // folds)
    if each < 1:
        raise ConfigInvalid(f"{folds} folds need {folds} held-out images, and there are {count}; take more data")
    return np.random.default_rng(seed).permutation(count)[: folds * each].reshape(folds, each)


def _some(images: Pixels, most: int, seed: int) -> Pixels:
    if len(images) <= most:
        return images
    return images[np.sort(np.random.default_rng(seed).choice(len(images), most, replace=False))]


def _of_rows(labels: Labels | None, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Tensor | None:
    return as_tensor(None if labels is None else labels[rows])


def _scaled(images: Pixels) -> Floats:
    return images.astype(np.float64) / 255


def _bytes(images: Floats) -> Pixels:
    return np.asarray((images.clip(0, 1) * 255).round(), dtype=np.uint8)
