"""More images without a model: shifted and turned a little, or drawn from a Gaussian of principal components."""

from __future__ import annotations

import numpy as np

from vae_core.data.source import Labels, Pixels

MOST_PIXELS_SHIFTED = 0.08  # of a side, in both directions
MOST_DEGREES = 12.0
MOST_COMPONENTS = 30


def moved(images: Pixels, labels: Labels, count: int, *, seed: int = 0) -> tuple[Pixels, Labels]:
    """So many copies of images (N, C, H, W), each shifted and turned at random by a little; the same for a seed."""
    from scipy.ndimage import affine_transform  # noqa: PLC0415  scikit-learn brings it

    random = np.random.default_rng(seed)
    rows = random.permutation(np.arange(count) % len(images))
    found = np.empty((count, *images.shape[1:]), dtype=np.uint8)
    centre = (np.array(images.shape[2:]) - 1) / 2
    most = MOST_PIXELS_SHIFTED * np.array(images.shape[2:])
    for place, row in enumerate(rows):
        angle = np.deg2rad(random.uniform(-MOST_DEGREES, MOST_DEGREES))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        offset = centre - turn @ centre + random.uniform(-most, most)
        for channel, pixels in enumerate(images[row]):
            found[place, channel] = affine_transform(pixels, turn, offset, order=1, mode="nearest")
    return found, labels[rows]


def principal_draws(images: Pixels, labels: Labels, count: int, *, seed: int = 0) -> tuple[Pixels, Labels]:
    """So many images, class by class, from a Gaussian of each class in scikit-learn's principal components of all.

    Its covariance is held towards a round one (`LedoitWolf`), as that of few images in latent space is.
    """
    from sklearn.covariance import LedoitWolf  # noqa: PLC0415  1 s and 100 MB, for whoever asks
    from sklearn.decomposition import PCA  # noqa: PLC0415

    flat = images.reshape(len(images), -1) / 255
    classes = np.unique(labels)
    components = max(1, min(MOST_COMPONENTS, len(images) - 1, flat.shape[1]))
    pca = PCA(components, random_state=seed).fit(flat)
    codes, told = pca.transform(flat), classes[np.arange(count) % len(classes)]
    z = np.empty((count, components))
    for label in classes:
        found = LedoitWolf().fit(codes[labels == label])
        random = np.random.default_rng((seed, int(label)))
        z[told == label] = random.multivariate_normal(found.location_, found.covariance_, int((told == label).sum()))
    drawn = pca.inverse_transform(z).clip(0, 1).reshape(count, *images.shape[1:])
    return np.asarray((drawn * 255).round(), dtype=np.uint8), told.astype(np.uint32)
