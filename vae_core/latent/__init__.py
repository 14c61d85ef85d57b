"""Numpy on points of a latent space: aggregate posterior, prior, mixtures, planes. Knows no run and no model."""
