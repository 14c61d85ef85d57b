"""What images are drawn from, in words: the choices of the part. No torch."""

from __future__ import annotations

from vae_core.runs import Run

PRIOR, MIXTURE, AROUND, CLASSES = "prior", "mixture", "around", "classes"
ORIGINS = {
    PRIOR: "The prior",
    MIXTURE: "A mixture fitted to where its images lie",
    AROUND: "Around chosen images",
    CLASSES: "Class by class",
}
CLASSIFIERS = {"linear": "Logistic regression", "nearest": "Five nearest neighbours", "network": "Network of 64 units"}
FILE = "generated.npz"
"""The data set that was drawn, as it can be added to Data."""


def offered(run: Run) -> dict[str, str]:
    """What a run's images can be drawn from: an autoencoder has no prior, and without classes there are none."""
    impossible = {PRIOR} if run.config.is_deterministic else set()
    impossible |= set() if run.card.class_count else {CLASSES}
    return {name: title for name, title in ORIGINS.items() if name not in impossible}
