"""What one may choose, in words: objectives, posteriors, schedules, and recipes of them all. No torch.

Likelihoods have a module of their own, `likelihoods`. Adding an objective is one function in `objectives` and one entry
in `OBJECTIVES` here; the sidebar, the command line, the config and the README's table follow (CONTRIBUTING.md walks
through one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vae_core.config.likelihoods import LIKELIHOODS


@dataclass(frozen=True)
class Family:
    """What objectives have in common by what they do with labels. name: of its torch in `model.families`.

    is_told_labels: encoder and decoder are told one. infers_labels: a classifier, trained along, guesses those that are
    not known. encoding_note: what to know of how such a model encodes an image that somebody brings.
    """

    name: Literal["plain", "conditional", "semi-supervised"]
    is_told_labels: bool = False
    infers_labels: bool = False
    encoding_note: str = ""


PLAIN = Family("plain")
CONDITIONAL = Family("conditional", is_told_labels=True)
SEMI_SUPERVISED = Family(
    "semi-supervised",
    is_told_labels=True,
    infers_labels=True,
    encoding_note="On the map stand the classes that the model guessed; here it is told one.",
)


@dataclass(frozen=True)
class Objective:
    """function: its name in `model/objectives.py`. beta: the default weight of its regulariser; None: it has none.

    penalty: what β weighs. help: one sentence for the sidebar. source: the paper and equation. settings: those that
    mean something to it alone. encoding_note: as a family's.
    """

    title: str
    function: str
    help: str
    source: str
    beta: float | None = 1.0
    penalty: Literal["kl", "total correlation", "mmd", "none"] = "kl"
    family: Family = PLAIN
    settings: tuple[str, ...] = ()
    encoding_note: str = ""

    @property
    def is_deterministic(self) -> bool:
        """Whether an image has one point in latent space instead of a distribution."""
        return self.penalty == "none" and self.beta is None

    @property
    def compares_images(self) -> bool:
        """Whether it weighs a figure of a batch's images together: one alone has none."""
        return self.penalty in ("mmd", "total correlation")

    @property
    def is_negative_elbo(self) -> bool:
        """Whether the loss is reconstruction + β · KL as it stands, which every schedule of β can bend."""
        return self.function == "negative_elbo"


OBJECTIVES: dict[str, Objective] = {
    "vae": Objective(
        "VAE",
        "negative_elbo",
        "Reconstruction + KL, the negative ELBO: a bound on −log p(x), and a smooth map.",
        "Kingma & Welling 2014, arXiv 1312.6114, eq. 10",
    ),
    "beta-vae": Objective(
        "β-VAE",
        "negative_elbo",
        "Reconstruction + β · KL. β above 1 buys a tidier latent space with blurrier images.",
        "Higgins et al. 2017, eq. 4",
        beta=2.0,
    ),
    "beta-tcvae": Objective(
        "β-TC-VAE",
        "total_correlation",
        "Of the KL, only the total correlation is weighted by β: dimensions become independent of each other.",
        "Chen et al. 2018, arXiv 1802.04942, eq. 4",
        beta=6.0,
        penalty="total correlation",
    ),
    "mmd-vae": Objective(
        "MMD-VAE (InfoVAE)",
        "maximum_mean_discrepancy",
        "Instead of each image's posterior, all of them together are held to the prior, by the kernel distance MMD.",
        "Zhao et al. 2019, arXiv 1706.02262, eq. 6 with α = 1",
        beta=200.0,
        penalty="mmd",
    ),
    "iwae": Objective(
        "Importance-weighted VAE",
        "importance_weighted",
        "k samples for each image give a bound on −log p(x) that is tighter the larger k is, and k times the work.",
        "Burda et al. 2016, arXiv 1509.00519, eq. 8",
        beta=None,
        settings=("importance_samples",),
    ),
    "cvae": Objective(
        "Conditional VAE",
        "negative_elbo",
        "Encoder and decoder are told the label, so the latent space keeps what the label does not say: the style.",
        "Sohn et al. 2015, eq. 4",
        family=CONDITIONAL,
    ),
    "m2": Objective(
        "Semi-supervised VAE (M2)",
        "semi_supervised",
        "A conditional VAE that sees few labels and infers the rest by a classifier trained along with it.",
        "Kingma et al. 2014, arXiv 1406.5298, eqs. 6 to 9",
        family=SEMI_SUPERVISED,
        settings=("labelled_images",),
    ),
    "autoencoder": Objective(
        "Autoencoder",
        "autoencoder",
        "Reconstruction alone, each image one point and no noise: sharp images, and holes between the points.",
        "Hinton & Salakhutdinov 2006",
        beta=None,
        penalty="none",
    ),
    "denoising": Objective(
        "Denoising autoencoder",
        "denoising_autoencoder",
        "An autoencoder that is shown noisy images and must give back the clean ones.",
        "Vincent et al. 2008, eq. 4",
        beta=None,
        penalty="none",
        settings=("noise_sigma",),
        encoding_note="It was trained on noisy images; this one goes in as it is.",
    ),
}


def spanning_beta() -> tuple[str, ...]:
    """The objectives whose β can be chosen after training: the negative ELBO's, of models that are told no label."""
    return tuple(
        key
        for key, objective in OBJECTIVES.items()
        if objective.is_negative_elbo and objective.beta is not None and not objective.family.is_told_labels
    )


def with_setting(name: str) -> tuple[str, ...]:
    """The objectives to which a setting means something."""
    return tuple(key for key, objective in OBJECTIVES.items() if name in objective.settings)


@dataclass(frozen=True)
class Posterior:
    """has_covariance: dimensions may vary together, by a factor that the encoder emits; else each by itself."""

    title: str
    help: str
    has_covariance: bool = False


POSTERIORS: dict[str, Posterior] = {
    "diagonal": Posterior("Diagonal", "An ellipse along the axes: one mean and one variance for each dimension."),
    "full": Posterior(
        "Full covariance",
        "An ellipse that may lie askew: a whole covariance matrix, as its Cholesky factor.",
        has_covariance=True,
    ),
}

BETA_SCHEDULES: dict[str, str] = {
    "constant": "β stays the same.",
    "warm-up": "β rises from 0 over the first steps, so that images are learned before the map is tidied.",
    "cyclical": "β rises from 0 again and again.",
    "capacity": "Loss = reconstruction + β · |KL − C|, C rising from 0: the KL is held at what C allows.",
    "free-bits": "A dimension's mean KL costs nothing more below a minimum, so none of them is given up.",
}

LEARNING_RATES: dict[str, str] = {
    "one-cycle": "Rises for the first 30 % of the steps, then falls to nothing: best for a fixed number of epochs.",
    "cosine": "Falls along a half cosine from the start.",
    "constant": "Stays the same.",
}

TITLES: dict[str, dict[str, str]] = {
    "objective": {name: objective.title for name, objective in OBJECTIVES.items()},
    "architecture": {"mlp": "MLP", "conv": "Convolutional"},
    "activation": {"silu": "SiLU", "relu": "ReLU"},
    "posterior": {name: posterior.title for name, posterior in POSTERIORS.items()},
    "likelihood": {name: likelihood.title for name, likelihood in LIKELIHOODS.items()},
    "pixels": {"grey": "Grey", "binarised": "Binarised"},
    "widths": {"one": "One", "channel": "One for each channel", "pixel": "One for each pixel"},
    "beta_schedule": {
        "constant": "Constant",
        "warm-up": "Warm-up",
        "cyclical": "Cyclical",
        "capacity": "Capacity",
        "free-bits": "Free bits",
    },
    "schedule": {"one-cycle": "One cycle", "cosine": "Cosine", "constant": "Constant"},
    "device": {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"},
}
"""Settings' values as people write them: {setting: {value: title}}. Addresses, files and commands keep the values."""


RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Clear map": (
        "A two-dimensional map by what suits the data: in under a minute of small grey pictures, in three of others.",
        {},
    ),
    "Finest map": (
        "The same with three times the weights, in a few minutes: the best two-dimensional map there is here.",
        {"architecture": "mlp", "hidden_sizes": (1024, 512, 256), "batch_size": 128, "learning_rate": 2e-3},
    ),
    "Convolutional map": (
        "Two dimensions from convolutions: less than half the weights, smoother pictures, slower epochs.",
        {"architecture": "conv", "learning_rate": 3e-3},
    ),
    "Sharp images": (
        "Twenty dimensions: sharper pictures, most of the map's structure hidden in the dimensions not shown.",
        {"architecture": "mlp", "latent_dim": 20, "hidden_sizes": (1024, 512), "learning_rate": 2e-3},
    ),
}
"""Recipes that work out of the box on any data set: {name: (what it is for, settings that differ)}."""
