"""Numpy on points of a latent space: aggregate posterior, prior, mixtures. Knows arrays alone, no run and no model."""
