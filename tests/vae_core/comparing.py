"""Whether two models are the same, for the tests of what must repeat."""

import numpy as np

from vae_core.model.networks import VAE, weights


def equal_weights(a: VAE, b: VAE) -> bool:
    """Bitwise, by name."""
    ours, theirs = weights(a), weights(b)
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)
