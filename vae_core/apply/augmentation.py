"""Augmentation and synthesis: images drawn from a model, what a classifier learns from them, a data set of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vae_core.apply import sources
from vae_core.apply.job import Job
from vae_core.apply.labelling.draws import drawn, most_frequent
from vae_core.apply.record import Figure, Made, Picture, Result, Role, Row, TakeAway, Verdict
from vae_core.apply.standing import REPEATS, judge
from vae_core.apply.synthesis import classifying, drawing
from vae_core.apply.synthesis.classifying import OURS, Images
from vae_core.apply.synthesis.drawing import Reference, Synthesised
from vae_core.apply.synthesis.origins import AROUND, CLASSES, CLASSIFIERS, FILE, MIXTURE, ORIGINS, PRIOR
from vae_core.apply.synthesis.sheets import sheet
from vae_core.data import registry
from vae_core.data.generated import COLUMN
from vae_core.data.source import Split
from vae_core.errors import ConfigInvalid
from vae_core.interchange.exports import tables
from vae_core.model.networks import VAE, build_vae, load_weights

MOST_POOL, MOST_TESTED = 5000, 2000
SHOWN, COLUMNS = 40, 10
CHANCE = "The most frequent class"
ACCURACY = Figure(
    "accuracy", "Accuracy", "The share of held-out images that a small classifier gives their true class, which has "
    "learnt from few real images, and from more that were made from these.",
)  # fmt: skip
ABOUT = {
    classifying.WITHOUT: "The few real images alone.",
    classifying.MOVED: "Real images shifted by up to 8 % and turned by up to 12°.",
    classifying.PCA: "Draws from a Gaussian of each class in principal components.",
    OURS[PRIOR]: "z from N(0, I); each takes the class of the nearest real images in latent space.",
    OURS[MIXTURE]: "z from a mixture fitted to all training images; classes as the prior's.",
    OURS[AROUND]: "z from the posteriors of the real images, with their classes.",
    OURS[CLASSES]: "z from the density of each class's real images.",
}


def apply(job: Job) -> Made:
    """Settings: origin, outline, spread, count, seed, labels, ratio, classifier. Raises ConfigInvalid."""
    job.report(0.0, "reading images and model")
    model = build_vae(job.run.config, job.run.card)
    load_weights(model, job.run.weights())
    train, held_out = (registry.images_of(job.run.card, split, job.root) for split in ("train", "held-out"))
    some = np.sort(np.random.default_rng(0).permutation(len(train.images))[:MOST_POOL])
    pool = train[some]
    if not job.run.card.class_count:
        pool = Split(pool.images, None)
    whole = drawing.reference(model, pool.images, pool.labels)
    job.report(0.05, "drawing images")
    made = _synthesised(job, model, whole, some)
    rows = _rows(job, model, pool, held_out, whole) if pool.labels is not None else []
    job.report(0.97, "writing images")
    result = Result(
        part="augmentation", title="A small classifier with drawn images and without", run=job.run.id,
        settings=job.settings, figures=(ACCURACY,), rows=tuple(rows), judged=ACCURACY.name,
        verdict=judge(rows, ACCURACY) if rows else _no_classes(job), repeats=_repeats(job, held_out),
        notes=tuple(_notes(job)),
        pictures=(
            Picture("generated.png", f"Drawn: {ORIGINS[job.settings['origin']].lower()}", "Generated, all of them: "
                    "not one is real."),
        ),
        take_away=(
            TakeAway(FILE, "The data set: images, labels, z, seed, and of each image what it was drawn from."),
            TakeAway("generated.png", "Some of them."),
        ),
    )  # fmt: skip
    return Made(result, _files(job, made))


def _synthesised(job: Job, model: VAE, whole: Reference, some: npt.NDArray[np.intp]) -> Synthesised:
    """The data set that is asked for; `around` as rows of the training split."""
    origin, spread = job.settings["origin"], float(job.settings.get("spread", "1"))
    known, rows = whole, some
    if origin == AROUND:
        chosen = _chosen(job, whole)
        known, rows = whole[chosen], some[chosen]
    made = drawing.draw(model, origin, job.count("count"), known, spread=spread, seed=job.count("seed"))
    around = np.where(made.around >= 0, rows[made.around], -1)
    return Synthesised(made.images, made.labels, made.z, around)


def _chosen(job: Job, whole: Reference) -> npt.NDArray[np.intp]:
    """The images inside the outline on the map; all, where none is drawn."""
    outline = job.settings.get("outline", "")
    if not outline:
        return np.arange(len(whole.mu))
    chosen = np.flatnonzero(sources.inside(job.run, whole.mu, outline))
    if not len(chosen):
        raise ConfigInvalid("outline: no training image lies inside it; draw it around points")
    return chosen


def _rows(job: Job, model: VAE, pool: Split, held_out: Split, whole: Reference) -> list[Row]:
    """Each method's accuracy in each draw of few real images."""
    assert pool.labels is not None
    assert held_out.labels is not None
    tested = np.sort(np.random.default_rng(1).permutation(len(held_out.images))[:MOST_TESTED])
    truth = held_out.labels[tested]
    images = Images(pool.images, pool.labels, held_out.images[tested], truth, whole)
    draws = drawn(pool.labels.astype(np.int64), len(tested), job.count("labels"), REPEATS)
    found = classifying.accuracies(
        model, images, draws, ratio=job.count("ratio"), spread=1.0, classifier=job.settings["classifier"],
        report=lambda share, what: job.report(0.1 + 0.85 * share, what),
    )  # fmt: skip
    roles: dict[str, Role] = dict.fromkeys(OURS.values(), "ours")
    names = [*OURS.values(), classifying.WITHOUT, classifying.MOVED, classifying.PCA]
    rows = [
        Row(name, roles.get(name, "rival"), {"accuracy": found[name]}, ABOUT[name]) for name in names if name in found
    ]
    chance = most_frequent(draws, truth.astype(np.int64))
    return [*rows, Row(CHANCE, "chance", {"accuracy": chance}, "Whoever always says the same: chance.")]


def _no_classes(job: Job) -> Verdict:
    return Verdict("none", f"Images of {job.run.card.title} are of no class, so that no classifier can be asked.")


def _repeats(job: Job, held_out: Split) -> str:
    tested = min(len(held_out.images), MOST_TESTED)
    return f"{REPEATS} draws of real images, each tested on another part of {tested:,} held-out ones"


def _notes(job: Job) -> list[str]:
    notes = [
        f"{CLASSIFIERS[job.settings['classifier']]} of scikit-learn learns from {job.settings['labels']} real images a "
        f"class, and from {job.settings['ratio']} times as many made from them."
    ]
    if job.run.config.is_conditional:
        notes += ["This model was told classes when it was trained, more of them than the few real images have."]
    return notes


def _files(job: Job, made: Synthesised) -> dict[str, bytes]:
    shown = made.images[:SHOWN]
    return {
        "generated.png": sheet(shown, min(COLUMNS, len(shown)), [True] * len(shown)),
        FILE: tables.npz(_arrays(job, made)),
    }


def _arrays(job: Job, made: Synthesised) -> dict[str, npt.NDArray[np.generic]]:
    """As `pages.ui.data_sets` exports data sets, so that it can be added again: x uint8 (N, H, W, C), or (N, H, W)."""
    if not len(made.images):
        raise ConfigInvalid("count: no image is asked for; ask for one or more")
    origin, seed = job.settings["origin"], job.count("seed")
    words = [
        f"{origin} of run {job.run.id}, seed {seed}" + (f", around training image {row}" if row >= 0 else "")
        for row in made.around
    ]
    images = made.images.transpose(0, 2, 3, 1)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "x": images[..., 0] if images.shape[3] == 1 else images,
        f"column_{COLUMN}": np.array(words),
        "column_seed": np.full(len(words), seed, dtype=np.int64),
    }
    arrays |= {f"column_z_{dim}": values for dim, values in enumerate(made.z.T)}
    if made.labels is not None and job.run.card.classes:
        arrays |= {"y": made.labels, "classes": np.array(job.run.card.classes)}
    return arrays
