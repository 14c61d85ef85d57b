"""Mixtures fitted to a run's map, for the browser to draw from: in the background, once for each number of parts.

A request is answered at once; while the mixture is fitted the answer says so, and the browser asks again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pages.ui.server.background import Background
from vae_core import runs
from vae_core.errors import RunMissing
from vae_core.latent import aggregate_posterior, mixtures

COUNT = 1000
"""Draws from prior and mixture, to tell how many fall into holes: a standard error of at most 0.016."""

_fitted = Background[dict[str, Any]]("mixtures", 64)


def ask(run: runs.Run, components: int) -> dict[str, Any] | None:
    """The mixture of so many parts, see `describe`; None while it is fitted. Raises RunMissing unless in a plane."""
    if run.config.latent_dim != 2:
        raise RunMissing(f"run {run.id} has {run.config.latent_dim} latent dimensions; mixtures are fitted to two")
    return _fitted.ask(f"{run.digest()} {components}", lambda: describe(run, components))


def describe(run: runs.Run, components: int) -> dict[str, Any]:
    """Weights, means, covariances; the log density held out; what part of the draws falls into holes, 0 to 1.

    Raises ConfigInvalid for a number of parts that cannot be, and as `Run.embedding`.
    """
    embedding = run.embedding()
    mu, logvar = embedding.mu, embedding.logvar
    mixture, held_out_nats = mixtures.fit(mu, logvar, components)
    finest = aggregate_posterior.spacing(mu)
    prior, mixed = np.random.default_rng(2).standard_normal((COUNT, 2)), mixture.draws(COUNT, seed=3)
    return {
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        "covariances": mixture.covariances.tolist(),
        "held_out_nats": held_out_nats,
        "in_holes": {
            name: aggregate_posterior.share_in_holes(z, log_source, mu, logvar, finest)
            for name, z, log_source in (
                ("prior", prior, aggregate_posterior.prior_log_density(prior)),
                ("mixture", mixed, mixture.log_density(mixed)),
            )
        },
    }
