"""Settings that work out of the box, for the buttons at the top of the sidebar."""

from __future__ import annotations

from typing import Any

RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Clear map": (
        "A two-dimensional map in under a minute: fully connected, Bernoulli, one-cycle.",
        {},
    ),
    "Finest map": (
        "The same with three times the weights, in a few minutes: the best two-dimensional map there is here.",
        {"hidden_sizes": (1024, 512, 256), "batch_size": 128, "learning_rate": 2e-3},
    ),
    "Convolutional map": (
        "Two dimensions from convolutions: less than half the weights, smoother pictures, slower epochs.",
        {"architecture": "conv", "learning_rate": 3e-3},
    ),
    "Sharp images": (
        "Twenty dimensions: sharper pictures, most of the map's structure hidden in the dimensions not shown.",
        {"latent_dim": 20, "hidden_sizes": (1024, 512), "learning_rate": 2e-3},
    ),
}
"""Recipes that work out of the box on any data set: {name: (what it is for, settings that differ)}."""
