"""Maps of more than two latent dimensions laid out in the plane by t-SNE, which takes seconds: in the background.

Source: van der Maaten & Hinton 2008; scikit-learn's Barnes-Hut implementation.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pages.ui.server.background import Background
from vae_core import runs
from vae_core.errors import RunMissing
from vae_core.runs import storage

MOST_POINTS = 2000
FEWEST_POINTS = 5
PERPLEXITY = 30.0
_KEPT = 32  # layouts of 24 kB


class Layouts:
    """Layouts by their run's digest."""

    def __init__(self) -> None:
        self._background = Background[bytes]("layouts", _KEPT)

    def ask(self, run: runs.Run) -> bytes | None:
        """A run's layout as a safetensors file, see `tsne_layout`; None while it is computed.

        Raises RunMissing where there is nothing to lay out, and what reading the embedding raises.
        """
        _expect_dimensions(run)
        return self._background.ask(run.digest(), lambda: tsne_layout(run))


def tsne_layout(run: runs.Run) -> bytes:
    """A run's stored embedding in the plane: "xy" float32 (n, 2) and "row" int32 (n,), the embedding's rows.

    Of more than `MOST_POINTS`, so many that are evenly spaced. The same each time. Raises RunMissing where there are
    too few points, or all lie at one place, and as `Run.embedding`.
    """
    mu = run.embedding().mu
    rows = np.arange(min(len(mu), MOST_POINTS)) * len(mu) // max(1, min(len(mu), MOST_POINTS))
    if len(rows) < FEWEST_POINTS:
        raise RunMissing(f"run {run.id} maps {len(rows)} images; a layout needs {FEWEST_POINTS} or more")
    points = mu[rows].astype(np.float64)
    points -= points.mean(axis=0)
    if not points.any():
        raise RunMissing(f"run {run.id} maps all images to one place; there is nothing to lay out")
    xy = _tsne(points / points.std())
    return storage.dump_tensors({"xy": xy, "row": rows.astype(np.int32)})


def _tsne(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """(n, D), of standard deviation 1 -> (n, 2)"""
    from sklearn.manifold import TSNE  # noqa: PLC0415  1 s and 100 MB, only for whoever asks for a layout

    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    found: npt.NDArray[np.float32] = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(points)
    return found.astype(np.float32)


def _expect_dimensions(run: runs.Run) -> None:
    if run.config.latent_dim <= 2:
        raise RunMissing(f"run {run.id} has two latent dimensions, and its map shows both; it needs no layout")


shared = Layouts()
