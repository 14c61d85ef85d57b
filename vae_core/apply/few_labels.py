"""Few labels: how far a handful of them goes in a model's latent space, on principal components, and on pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from vae_core.apply.job import Job
from vae_core.apply.labelling import draws as drawing
from vae_core.apply.labelling import giving
from vae_core.apply.labelling.draws import Draw, accuracies, most_frequent
from vae_core.apply.labelling.features import COMPONENTS, LATENT, PIXELS, Seen, latent_means, seen
from vae_core.apply.labelling.giving import DRAWN
from vae_core.apply.labelling.learners import LEARNERS, LINEAR, M2, NEAREST, Classes, Known, Lesson
from vae_core.apply.record import Figure, Made, Plot, Result, Row, Series, TakeAway, Verdict
from vae_core.apply.standing import REPEATS, interval, judge
from vae_core.data import registry
from vae_core.data.source import Split
from vae_core.interchange.exports import tables
from vae_core.model.networks import VAE, build_vae, load_weights, scale

MOST_POOL, MOST_TESTED = 5000, 2000
CHANCE = "The most frequent class"
ABOUT = {
    NEAREST: "What most of the five nearest labelled images are; with one label a class, the nearest. scikit-learn's.",
    LINEAR: "Logistic regression. scikit-learn's.",
    M2: "A semi-supervised VAE on these numbers, which reads the images without a label, too. Kingma et al. 2014.",
}


def figure_of(count: int | None) -> Figure:
    """Accuracy with so many labels of each class; None: with those that were given."""
    labels = "the given labels" if count is None else "1 label a class" if count == 1 else f"{count} labels a class"
    return Figure(
        "accuracy" if count is None else f"accuracy_{count}", f"Accuracy, {labels}",
        "The share of held-out images, none of which has a label, that are given their true class.",
    )  # fmt: skip


@dataclass(frozen=True)
class _Task:
    """What is to be found out. known: labels of the pool, where one is known; truth: of those tested; both None where
    there are none. draws: by number of labels, None for given ones. judged: one of these.
    """

    seen: Seen
    known: Classes
    truth: Classes | None
    draws: dict[int | None, list[Draw]]
    judged: int | None
    names: tuple[str, ...]


def apply(job: Job) -> Made:
    """Settings: labels, outlines, judged. Raises ConfigInvalid where there are too few images or classes."""
    job.report(0.0, "reading images and model")
    model = build_vae(job.run.config, job.run.card)
    load_weights(model, job.run.weights())
    train, held_out = (registry.images_of(job.run.card, split, job.root) for split in ("train", "held-out"))
    task = _drawn(job, model, train, held_out) if job.settings["labels"] == DRAWN else _given(job, model, held_out)
    rows = _rows(task, job)
    judged = figure_of(task.judged)
    ours = [row for row in rows if row.role == "ours"]
    best = max(ours, key=lambda row: float(np.mean(row.figures.get(judged.name) or 0)))
    job.report(0.95, "writing predictions")
    result = Result(
        part="few-labels", title="Classes from few labels", run=job.run.id, settings=job.settings,
        figures=tuple(figure_of(count) for count in task.draws), rows=tuple(rows), judged=judged.name,
        verdict=judge(rows, judged) if task.truth is not None else _no_truth(task), repeats=_repeats(task),
        notes=tuple(_notes(job, model, task, rows, held_out)), plots=_plots(task, rows),
        take_away=(TakeAway("predictions.csv", f"The class of every image as {best.method} sees it, and how surely."),),
    )  # fmt: skip
    return Made(result, {"predictions.csv": _predictions(job, model, task, best.method, (train, held_out))})


def _drawn(job: Job, model: VAE, train: Split, held_out: Split) -> _Task:
    """Labels are the data set's own; as many of each class as there are in `COUNTS`."""
    giving.expect_classes(job.run.card)
    assert train.labels is not None
    assert held_out.labels is not None
    some, tested = _some(len(train.images), MOST_POOL), _some(len(held_out.images), MOST_TESTED, 1)
    labels, truth = train.labels[some].astype(np.int64), held_out.labels[tested].astype(np.int64)
    draws: dict[int | None, list[Draw]] = {
        count: drawing.drawn(labels, len(tested), count, REPEATS) for count in map(int, giving.COUNTS)
    }
    names = job.run.card.classes or ()
    job.report(0.05, "looking at the images")
    return _Task(
        seen(model, train.images[some], held_out.images[tested]), labels, truth, draws, job.count("judged"), names
    )


def _given(job: Job, model: VAE, held_out: Split) -> _Task:
    """Labels are given to the images inside outlines on the map; the others are tested, if their classes are known."""
    job.report(0.05, "looking at the images")
    everything = seen(model, held_out.images, held_out.images)
    card = job.run.card
    labels = giving.labelled(job.run, latent_means(model, held_out.images), job.settings.get("outlines", ""))
    known, others = np.flatnonzero(labels >= 0), np.flatnonzero(labels < 0)
    draws: dict[int | None, list[Draw]] = {None: drawing.given(known, labels[known], len(others), REPEATS)}
    draws = {None: [Draw(each.known, others[each.tested]) for each in draws[None]]}
    has_truth = held_out.labels is not None and bool(card.class_count)
    truth = held_out.labels.astype(np.int64) if has_truth and held_out.labels is not None else None
    names = card.classes if has_truth and card.classes else giving.group_names(int(labels.max()) + 1)
    return _Task(everything, labels, truth, draws, None, tuple(names or ()))


def _rows(task: _Task, job: Job) -> list[Row]:
    rows: list[Row] = []
    work = [(learner, kind) for kind in (LATENT, COMPONENTS, PIXELS) for learner in LEARNERS]
    for place, (learner, kind) in enumerate(work):
        job.report(0.1 + 0.85 * place / len(work), f"{learner} on {kind}")
        figures = {}
        for count, draws in task.draws.items():
            if task.truth is not None and drawing.is_tried(learner, kind, is_judged=count == task.judged):
                found = accuracies(task.seen, draws, task.known, task.truth, learner=learner, kind=kind)
                figures[figure_of(count).name] = found
        rows.append(Row(method_name(learner, kind), "ours" if kind == LATENT else "rival", figures, ABOUT[learner]))
    if task.truth is not None:
        truth = task.truth
        chance = {figure_of(count).name: most_frequent(draws, truth) for count, draws in task.draws.items()}
        rows.append(Row(CHANCE, "chance", chance, "Whoever always says the same: chance."))
    return rows


def method_name(learner: str, kind: str) -> str:
    """'k-nearest in latent space', 'Linear on PCA'."""
    return f"{learner} {'in' if kind == LATENT else 'on'} {kind}"


def _notes(job: Job, model: VAE, task: _Task, rows: Sequence[Row], held_out: Split) -> list[str]:
    notes = []
    for count in task.draws:
        if count != task.judged and task.truth is not None:
            figure = figure_of(count)
            notes += [f"{figure.title.removeprefix('Accuracy, ').capitalize()}: {judge(rows, figure).sentence}"]
    if job.run.config.family.infers_labels and task.truth is not None and held_out.labels is not None:
        right = _classifier_right(model, held_out)
        notes += [
            f"This model is itself M2, trained with {job.run.config.labelled_images} labelled images: its own "
            f"classifier gives {right:.1%} of the held-out images their class; its latent space leaves the class out."
        ]
    return notes


@torch.no_grad()
def _classifier_right(model: VAE, held_out: Split) -> float:
    assert held_out.labels is not None
    rows = _some(len(held_out.images), MOST_TESTED, 1)
    found = model.classify(scale(torch.from_numpy(held_out.images[rows]))).argmax(dim=1).numpy()
    return float((found == held_out.labels[rows]).mean())


def _no_truth(task: _Task) -> Verdict:
    known = sum(len(draws[0].known) for draws in task.draws.values())
    return Verdict(
        "none", f"Nobody knows the true classes of these images, so that nothing can be judged: {known:,} labels of "
        f"{len(task.names)} groups were spread to all images, see the predictions.",
    )  # fmt: skip


def _repeats(task: _Task) -> str:
    tested = sum(len(each.tested) for each in next(iter(task.draws.values())))
    return f"{REPEATS} draws of labels, each tested on another part of {tested:,} held-out images"


def _plots(task: _Task, rows: Sequence[Row]) -> tuple[Plot, ...]:
    """Accuracy against the number of labels, if there are several."""
    counts = [count for count in task.draws if count is not None]
    if len(counts) < 2:
        return ()
    lines = []
    for row in rows:
        known = [row.figures.get(figure_of(count).name) for count in counts]
        if all(known):
            means = tuple(interval(values).mean for values in known if values)
            lines.append(Series(row.method, tuple(float(count) for count in counts), means, row.role))
    return (
        Plot("Accuracy against labels", "lines", tuple(lines), "Labels of each class", "Accuracy",
             "The mean over the draws; the table has the intervals."),
    )  # fmt: skip


def _predictions(job: Job, model: VAE, task: _Task, method: str, splits: tuple[Split, Split]) -> bytes:
    """All images of both splits by a learner in latent space, from the labels of the judged number's first draw."""
    learner = method.removesuffix(f" in {LATENT}")
    known = task.draws[task.judged][0].known
    labels, pool = task.known[known], task.seen.pool[LATENT]
    parts: list[dict[str, Any]] = []
    for name, data in zip(("train", "held-out"), splits, strict=True):
        asked = task.seen.as_seen(latent_means(model, data.images))
        shares = LEARNERS[learner](Lesson(pool, known, labels, len(task.names)), asked)
        guessed = shares.argmax(axis=1)
        part = {"split": np.full(len(asked), name), "index": np.arange(len(asked), dtype=np.int32)}
        if data.labels is not None and job.run.card.class_count:
            part["class"] = np.array(job.run.card.classes)[data.labels]
        parts.append(part | {"predicted": np.array(task.names)[guessed], "probability": shares.max(axis=1)})
    return tables.csv({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _some(count: int, most: int, seed: int = 0) -> Known:
    """Rows, in order, the same for a seed."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])
