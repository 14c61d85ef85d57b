"""What is fitted to a run's map for the browser to draw, in the background: t-SNE layouts and mixtures of Gaussians.

A request is answered at once; while something is fitted the answer says so, or is what there is so far, and the browser
asks again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from pages.ui.server import artifacts
from pages.ui.server.background import Background
from vae_core import runs
from vae_core.errors import RunMissing
from vae_core.latent import aggregate_posterior, mixtures
from vae_core.runs import storage

MOST_POINTS = 10_000
FEWEST_POINTS = 5
SHOWN_FROM = 1000
"""Points of a layout that is shown before it is done; of fewer it is done in a second."""
DRAWS = 1000
"""From prior and mixture, to find what share falls into holes: a standard error of at most 0.016."""

_layouts = Background[bytes]("layouts", 32)  # of 120 kB
_unfinished: dict[str, bytes] = {}
"""What is computed now, as it is so far."""
_mixtures = Background["Mixture"]("mixtures", 64)


class Layout(NamedTuple):
    """A layout as a file, see `tsne_layout`, and whether it is to be kept, or is still refined."""

    file: bytes
    is_final: bool


def layout(run: runs.Run) -> Layout | None:
    """A run's layout, as far as it is; None until there is any.

    Raises RunMissing where there is nothing to lay out, and what reading the embedding raises.
    """
    if run.config.latent_dim <= 2:
        shown = "one latent dimension, and its map shows it"
        if run.config.latent_dim == 2:
            shown = "two latent dimensions, and its map shows both"
        raise RunMissing(f"run {run.id} has {shown}; it needs no layout")
    digest = run.digest()
    final = _layouts.ask(digest, lambda: _computed(run, digest))
    if final is not None:
        return Layout(final, is_final=True)
    seen = _unfinished.get(digest)
    return Layout(seen, is_final=False) if seen else None


def _computed(run: runs.Run, digest: str) -> bytes:
    try:
        return tsne_layout(run, lambda file: _unfinished.__setitem__(digest, file))
    finally:
        _unfinished.pop(digest, None)


def mixture(run: runs.Run, components: int) -> Mixture | None:
    """The mixture of so many parts, see `describe_mixture`; None while it is fitted.

    Raises RunMissing unless the run has two latent dimensions.
    """
    if run.config.latent_dim != 2:
        raise RunMissing(f"run {run.id} has {run.config.latent_dim} latent dimensions; mixtures are fitted to two")
    return _mixtures.ask(f"{run.digest()} {components}", lambda: describe_mixture(run, components))


def tsne_layout(run: runs.Run, show: Callable[[bytes], None] = lambda _: None) -> bytes:
    """A run's embedding as it is sent, in the plane: "xy" float32 (n, 2) and "row" int32 (n,), the embedding's rows.

    "final" uint8 (1,): 1, and 0 in those that show is given on the way. Of more than `MOST_POINTS`, so many that are
    evenly spaced. The same each time. Raises RunMissing where there are too few points, or all lie at one place, and as
    `Run.embedding`.
    """
    from vae_core.latent import tsne  # noqa: PLC0415  scipy's transforms, only for whoever asks for a layout

    mu = run.embedding().thinned(artifacts.POSTERIOR_BYTES).mu
    rows = np.arange(min(len(mu), MOST_POINTS)) * len(mu) // max(1, min(len(mu), MOST_POINTS))
    if len(rows) < FEWEST_POINTS:
        raise RunMissing(f"run {run.id} maps {len(rows)} images; a layout needs {FEWEST_POINTS} or more")
    points = mu[rows].astype(np.float64)
    points -= points.mean(axis=0)
    if not points.any():
        raise RunMissing(f"run {run.id} maps all images to one place; there is nothing to lay out")
    points /= points.std()
    for xy in tsne.layouts(points, min(tsne.PERPLEXITY, (len(points) - 1) / 3)):
        if len(points) >= SHOWN_FROM:
            show(_file(xy, rows, is_final=False))
    return _file(xy, rows, is_final=True)


def _file(xy: npt.NDArray[np.float32], rows: npt.NDArray[np.int_], *, is_final: bool) -> bytes:
    final = np.array([is_final], dtype=np.uint8)
    return storage.dump_tensors({"xy": xy, "row": rows.astype(np.int32), "final": final})


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
