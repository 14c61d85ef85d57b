"""What is fitted to a run's map for the browser to draw, in the background: t-SNE layouts and mixtures of Gaussians.

A request is answered at once; while something is fitted the answer says so, and the browser asks again.
Source of the layouts: van der Maaten & Hinton 2008; scikit-learn's Barnes-Hut implementation.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from pages.ui.server import artifacts
from pages.ui.server.background import Background
from vae_core import runs
from vae_core.errors import RunMissing
from vae_core.latent import aggregate_posterior, mixtures
from vae_core.runs import storage

MOST_POINTS = 2000
FEWEST_POINTS = 5
PERPLEXITY = 30.0
DRAWS = 1000
"""From prior and mixture, to find what share falls into holes: a standard error of at most 0.016."""

_layouts = Background[bytes]("layouts", 32)  # of 24 kB
_mixtures = Background["Mixture"]("mixtures", 64)


def layout(run: runs.Run) -> bytes | None:
    """A run's layout as a safetensors file, see `tsne_layout`; None while it is computed.

    Raises RunMissing where there is nothing to lay out, and what reading the embedding raises.
    """
    if run.config.latent_dim <= 2:
        shown = "one latent dimension, and its map shows it"
        if run.config.latent_dim == 2:
            shown = "two latent dimensions, and its map shows both"
        raise RunMissing(f"run {run.id} has {shown}; it needs no layout")
    return _layouts.ask(run.digest(), lambda: tsne_layout(run))


def mixture(run: runs.Run, components: int) -> Mixture | None:
    """The mixture of so many parts, see `describe_mixture`; None while it is fitted.

    Raises RunMissing unless the run has two latent dimensions.
    """
    if run.config.latent_dim != 2:
        raise RunMissing(f"run {run.id} has {run.config.latent_dim} latent dimensions; mixtures are fitted to two")
    return _mixtures.ask(f"{run.digest()} {components}", lambda: describe_mixture(run, components))


def tsne_layout(run: runs.Run) -> bytes:
    """A run's embedding as it is sent, in the plane: "xy" float32 (n, 2) and "row" int32 (n,), the embedding's rows.

    Of more than `MOST_POINTS`, so many that are evenly spaced. The same each time. Raises RunMissing where there are
    too few points, or all lie at one place, and as `Run.embedding`.
    """
    mu = run.embedding().thinned(artifacts.POSTERIOR_BYTES).mu
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


class HoleShares(TypedDict):
    """Part of the draws from each, 0 to 1, that falls where posteriors that reach their neighbours leave a hole."""

    prior: float
    mixture: float


class Mixture(TypedDict):
    """A mixture of K Gaussians fitted to a map in the plane."""

    weights: list[float]
    """Adding up to 1."""
    means: list[tuple[float, float]]
    covariances: list[tuple[tuple[float, float], tuple[float, float]]]
    held_out_nats: float
    """Mean log density at draws it was not fitted to."""
    in_smoothed_holes: HoleShares


def describe_mixture(run: runs.Run, components: int) -> Mixture:
    """Weights, means, covariances; the log density held out; what part of the draws falls into smoothed holes.

    Raises ConfigInvalid for a number of parts that cannot be, and as `Run.embedding`.
    """
    embedding = run.embedding()
    mu, logvar = embedding.mu, embedding.logvar
    fitted, held_out_nats = mixtures.fit(mu, logvar, components)
    smoothed = aggregate_posterior.smoothed(mu, logvar)
    share = aggregate_posterior.share_in_holes
    prior, mixed = np.random.default_rng(2).standard_normal((DRAWS, 2)), fitted.draws(DRAWS, seed=3)
    return {
        "weights": fitted.weights.tolist(),
        "means": fitted.means.tolist(),
        "covariances": fitted.covariances.tolist(),
        "held_out_nats": held_out_nats,
        "in_smoothed_holes": {
            "prior": share(prior, aggregate_posterior.prior_log_density(prior), mu, smoothed),
            "mixture": share(mixed, fitted.log_density(mixed), mu, smoothed),
        },
    }
