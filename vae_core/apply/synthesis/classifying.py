"""What drawn images are worth: how often a small classifier is right that learns from few real images, with them and
without.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.apply.labelling.draws import Draw
from vae_core.apply.synthesis import drawing
from vae_core.apply.synthesis.drawing import Reference
from vae_core.apply.synthesis.origins import AROUND, CLASSES, MIXTURE, PRIOR
from vae_core.apply.synthesis.rivals import moved, principal_draws
from vae_core.data.source import Labels, Pixels
from vae_core.model.networks import VAE

Report = Callable[[float, str], None]
Added = tuple[Pixels, Labels]
OURS = {PRIOR: "VAE prior", MIXTURE: "VAE mixture", AROUND: "VAE around each", CLASSES: "VAE by class"}
WITHOUT, MOVED, PCA = "No added images", "Shifted and turned", "PCA by class"


@dataclass(frozen=True)
class Images:
    """Real ones. pool, tested: uint8 (N, C, H, W); their labels; whole: all of the pool as the model sees it."""

    pool: Pixels
    labels: Labels
    tested: Pixels
    truth: Labels
    whole: Reference


def accuracies(  # noqa: PLR0913
    model: VAE,
    images: Images,
    draws: Sequence[Draw],
    *,
    ratio: int,
    spread: float,
    classifier: str,
    seed: int = 0,
    report: Report = lambda share, what: None,
) -> dict[str, tuple[float, ...]]:
    """The share of each draw's tested images that the classifier gives their true class: {method: (R,)}.

    It learns from the draw's real images, and from `ratio` times as many made from these alone by each method (and, the
    prior and the mixture, from what the model knows of images without labels).
    """
    found: dict[str, list[float]] = {}
    for repeat, each in enumerate(draws):
        report(repeat / len(draws), f"drawing and learning, {repeat + 1} of {len(draws)}")
        real = images.pool[each.known], images.labels[each.known]
        made = {WITHOUT: None, **_made(model, images, each, ratio=ratio, spread=spread, seed=seed + repeat)}
        for name, more in made.items():
            learnt = real if more is None else (np.concatenate([real[0], more[0]]), np.concatenate([real[1], more[1]]))
            guessed = _guessed(classifier, learnt, images.tested[each.tested], seed + repeat)
            found.setdefault(name, []).append(float((guessed == images.truth[each.tested]).mean()))
    return {name: tuple(values) for name, values in found.items()}


def _made(  # noqa: PLR0913
    model: VAE, images: Images, each: Draw, *, ratio: int, spread: float, seed: int
) -> dict[str, Added | None]:
    """By each method, images and labels, from the draw's real images."""
    known, count = images.whole[each.known], ratio * len(each.known)
    real = images.pool[each.known], images.labels[each.known]
    made: dict[str, Added | None] = {}
    for origin, name in OURS.items():
        if drawing.why_not(model, origin, known):
            continue
        like = known if origin != MIXTURE else images.whole  # which labels it has, the mixture never sees
        drawn = drawing.draw(model, origin, count, like, spread=spread, seed=seed)
        assert drawn.labels is not None
        is_guessed = origin == MIXTURE and not model.config.is_conditional
        made[name] = drawn.images, drawing.nearest_labels(drawn.z, known) if is_guessed else drawn.labels
    made[MOVED] = moved(*real, count, seed=seed)
    made[PCA] = principal_draws(*real, count, seed=seed)
    return made


def _guessed(classifier: str, learnt: Added, asked: Pixels, seed: int) -> npt.NDArray[np.uint32]:
    """What scikit-learn's classifier takes images (n, C, H, W) for, having learnt from images and labels: (n,)"""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  1 s and 100 MB, for whoever asks
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415
    from sklearn.neural_network import MLPClassifier  # noqa: PLC0415

    fitted = {
        "linear": LogisticRegression(max_iter=50, tol=1e-3),
        "nearest": KNeighborsClassifier(min(5, len(learnt[0]))),
        "network": MLPClassifier((64,), max_iter=60, tol=0, n_iter_no_change=60, random_state=seed),
    }[classifier]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # where it stops is a classifier as well, and is scored
        fitted.fit(_flat(learnt[0]), learnt[1])
    return np.asarray(fitted.predict(_flat(asked)), dtype=np.uint32)


def _flat(images: Pixels) -> npt.NDArray[np.float32]:
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)
