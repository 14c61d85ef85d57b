"""Features and reduction: what the encoder makes of images, as a table, and how well it keeps who is near whom."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.apply import neighbourhoods, sources
from vae_core.apply.components import Array, flat
from vae_core.apply.job import Job
from vae_core.apply.neighbourhoods import FIGURES, guessing, kept_neighbours, rivals
from vae_core.apply.parts import FEATURES
from vae_core.apply.record import Made, Plot, Result, Row, Series, TakeAway
from vae_core.apply.standing import REPEATS, judge
from vae_core.data.source import Labels, Split
from vae_core.errors import ConfigInvalid
from vae_core.interchange.exports import tables
from vae_core.model.networks import VAE, as_tensor, build_vae, load_weights, scale

Features = npt.NDArray[np.float32]
BATCH = 250
MOST_MEASURED = 400
"""Images in each of the repeats."""
FEWEST = 25


def apply(job: Job) -> Made:
    """Settings: data, what. Raises ConfigInvalid where there are too few images to measure."""
    job.report(0.0, "reading images and model")
    model = build_vae(job.run.config, job.run.card)
    load_weights(model, job.run.weights())
    title, data, classes = sources.chosen(job.run, job.settings["data"], job.root)
    job.report(0.1, "encoding images")
    features = encoded(model, data, job.settings["what"], is_own=job.settings["data"] in sources.OWN_KINDS)
    chosen = _subsets(len(data.images))
    measured, first = _measured(data, features, chosen, job)
    has_classes = all("classes" in repeat for repeat in measured["guessing"])
    figures = FIGURES if has_classes else FIGURES[1:]
    rows = tuple(_row(name, each, job.settings["what"]) for name, each in measured.items())
    job.report(0.85, "drawing maps")
    result = Result(
        part="features", title=f"{FEATURES[job.settings['what']]} of {title}, {features.shape[1]} dimensions",
        run=job.run.id, settings=job.settings, figures=figures, rows=rows,
        verdict=judge(rows, figures[0]), judged=figures[0].name,
        repeats=f"{REPEATS} times {len(chosen[0]):,} of {len(data.images):,} images, no image twice",
        notes=tuple(_notes(features.shape[1])), plots=(_maps(data, features, chosen[0], first, job),),
        take_away=(TakeAway("features.parquet", "A row for each image: which it is, its class, and its features."),),
    )  # fmt: skip
    job.report(0.95, "writing the table")
    return Made(result, {"features.parquet": tables.parquet(_columns(data, features, classes))})


@torch.no_grad()
def encoded(model: VAE, data: Split, what: str, *, is_own: bool, seed: int = 0) -> Features:
    """Features (N, F) of images: posterior means or draws, or what the encoder's last layer is given.

    is_own: the labels are those that the model was told in training; else a conditional model is told class 0.
    """
    images, generator = torch.from_numpy(data.images), torch.Generator().manual_seed(seed)
    known = as_tensor(data.labels) if is_own else None
    if known is None and model.config.is_conditional and not model.config.family.infers_labels:
        known = torch.zeros(len(images), dtype=torch.int64)
    before: list[Tensor] = []
    hook = model.encoder[-1].register_forward_pre_hook(lambda layer, given: before.append(given[0]))
    found = []
    for rows in torch.split(torch.arange(len(images)), BATCH):
        x = scale(images[rows])
        y = model.family.encoder_labels(model, x, None if known is None else known[rows])
        posterior = model.encode(x, y)
        noise = torch.randn(posterior.mu.shape, generator=generator)
        kinds = {"mean": posterior.mu, "layer": before.pop().flatten(1), "sample": posterior.sample(noise)}
        found.append(kinds[what])
    hook.remove()
    return np.asarray(torch.cat(found).float().numpy())


def _subsets(count: int, seed: int = 0) -> list[npt.NDArray[np.intp]]:
    """`REPEATS` sets of different images, as large as each other. Raises ConfigInvalid if they would be too small."""
    size = min(MOST_MEASURED, count // REPEATS)
    if size < FEWEST:
        raise ConfigInvalid(
            f"data: expected at least {FEWEST * REPEATS} images to measure features on; got {count}, choose more"
        )
    order = np.random.default_rng(seed).permutation(count)
    return [np.sort(order[turn * size : (turn + 1) * size]) for turn in range(REPEATS)]


def _measured(
    data: Split, features: Features, chosen: list[npt.NDArray[np.intp]], job: Job
) -> tuple[dict[str, list[dict[str, float]]], dict[str, Array]]:
    """By method, its figures in each repeat; by rival, its map of the first of them."""
    dim = features.shape[1]
    known = rivals(dim)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ("ours", *known, "guessing")}
    first: dict[str, Array] = {}
    for turn, rows in enumerate(chosen):
        images, labels = flat(data.images[rows]), None if data.labels is None else data.labels[rows]
        found["ours"].append(kept_neighbours(images, features[rows].astype(np.float64), labels, turn))
        for number, (name, reduce) in enumerate(known.items()):
            job.report(0.15 + 0.7 * (turn * len(known) + number) / (REPEATS * len(known)), f"making a map by {name}")
            places = reduce(images, dim, turn)
            first.setdefault(name, places)
            found[name].append(kept_neighbours(images, places, labels, turn))
        found["guessing"].append(guessing(images, dim, labels, turn))
    return found, first


def _row(name: str, repeats: list[dict[str, float]], what: str) -> Row:
    shared = set.intersection(*(set(each) for each in repeats))
    figures = {each: tuple(repeat[each] for repeat in repeats) for each in sorted(shared)}
    about = {
        "ours": "By the encoder, which maps new images as well.",
        "PCA": "Of as many components, fitted to the very images that are measured.",
        "t-SNE": "Of the very images; new ones it cannot map. van der Maaten & Hinton 2008.",
        "UMAP": "Of the very images. McInnes et al. 2018 (arXiv 1802.03426).",
        "guessing": "A map of noise; of classes, always the most frequent.",
    }[name]
    if name == "ours":
        return Row(FEATURES[what], "ours", figures, about)
    return Row(name, "chance" if name == "guessing" else "rival", figures, about)


def _notes(dim: int) -> list[str]:
    notes = []
    if not neighbourhoods.has_umap():
        notes.append("UMAP is not beside the others, since it is not installed: pip install umap-learn.")
    if dim > neighbourhoods.MOST_FOR_TSNE:
        notes.append(f"t-SNE makes maps of up to three dimensions: beside features of {dim} it is only drawn.")
    return notes


def _maps(data: Split, features: Features, rows: npt.NDArray[np.intp], first: Mapping[str, Array], job: Job) -> Plot:
    """The first of the repeats in two dimensions, by each method: the model's features by their components."""
    images = flat(data.images[rows])
    known = first if features.shape[1] == 2 else {name: reduce(images, 2, 0) for name, reduce in rivals(2).items()}
    places = {FEATURES[job.settings["what"]]: _in_two(features[rows].astype(np.float64)), **known}
    labels = () if data.labels is None else tuple(int(each) for each in data.labels[rows])
    series = tuple(
        Series(name, tuple(each[:, 0].tolist()), tuple(each[:, 1].tolist()), "rival" if number else "ours", labels)
        for number, (name, each) in enumerate(places.items())
    )
    return Plot(
        "The same images on each map", "maps", series,
        about="In two dimensions; features of more are shown by their first two principal components.",
    )  # fmt: skip


def _in_two(features: Array) -> Array:
    if features.shape[1] == 1:
        return np.concatenate([features, np.zeros_like(features)], axis=1)
    return features if features.shape[1] == 2 else neighbourhoods.pca(features, 2, 0)


def _columns(data: Split, features: Features, classes: tuple[str, ...] | None) -> dict[str, npt.NDArray[np.generic]]:
    columns: dict[str, npt.NDArray[np.generic]] = {"image": np.arange(len(features), dtype=np.int32)}
    labels: Labels | None = data.labels
    if labels is not None:
        columns["label"] = labels
        if classes:
            columns["class"] = np.array(classes)[labels]
    return columns | {f"feature_{dim}": column for dim, column in enumerate(features.T)}
