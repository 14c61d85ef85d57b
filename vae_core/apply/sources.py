"""The images that a model is put to use on: its own, other data sets' here, and what is called normal. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data import registry
from vae_core.data.source import Pixels, Split
from vae_core.errors import LatentStudioError
from vae_core.latent import planes
from vae_core.runs import Run

Mask = npt.NDArray[np.bool_]
LEFT_OUT, OTHERS, SHUFFLED, NOISE = "left-out", "others", "shuffled", "noise"
OWN, OWN_TRAIN = "own", "own-train"
OWN_KINDS = (OWN, OWN_TRAIN)


def why_not(run: Run) -> str:
    """Why a run cannot be put to use on its own images, in a sentence; "" if it can."""
    if run.imported:
        return (
            "This model was made elsewhere: its likelihood is not known, so that its scores would mean nothing; "
            "choose a run that was trained here."
        )
    try:
        return registry.why_no_images(run.card, run.data_root()) or ""
    except LatentStudioError as error:
        return f"{error}."


def data_sets(run: Run) -> dict[str, str]:
    """Whose images it may be used on: its own, then all others here of as many channels; name to title."""
    own = {OWN: f"{run.card.title}, held-out images", OWN_TRAIN: f"{run.card.title}, training images"}
    return own | {f"data-{name}": f"{title}, held-out images" for name, title in others(run).items()}


def chosen(run: Run, kind: str, root: Path | None = None) -> tuple[str, Split, tuple[str, ...] | None]:
    """The images of one of `data_sets`, at the model's size, with their title and the names of their classes.

    Raises DatasetError.
    """
    title = data_sets(run)[kind]
    if kind in OWN_KINDS:
        return title, registry.images_of(run.card, "train" if kind == OWN_TRAIN else "held-out", root), run.card.classes
    name = kind.removeprefix("data-")
    found, card = registry.load(name, "held-out", root), registry.card_here(name, root)
    return title, Split(resized(found.images, run.card.image_shape[1:]), found.labels), card.classes


def resized(images: Pixels, size: tuple[int, int]) -> Pixels:
    """Images uint8 (N, C, H, W) at another height and width, by the mean over each new pixel's area."""
    if images.shape[2:] == size:
        return images
    from vae_core.evaluation import anomaly  # noqa: PLC0415  it loads torch

    return anomaly.resized(images, size)


def others(run: Run, root: Path | None = None) -> dict[str, str]:
    """Other data sets on this machine whose images have as many channels: name to title."""
    return {
        name: source.card.title
        for name, source in registry.datasets(root).items()
        if name != run.card.name
        and source.card.image_shape[0] == run.card.image_shape[0]
        and registry.is_available(name, root)
    }


def normal_kinds(run: Run) -> dict[str, str]:
    """What may be called normal: all that the model was trained on, a class of it, or an outline on the map."""
    left_out = run.config.left_out_class
    classes = (run.card.classes or ()) if run.card.class_count else ()
    named = {f"class-{each}": f"Class {name}" for each, name in enumerate(classes) if str(each) != left_out}
    everything = "All images" if left_out == "none" else "All images that it was trained on"
    return {"all": everything} | named | {"selection": "A selection on the map"}


def foreign_kinds(run: Run) -> dict[str, str]:
    """What may be looked for: the class left out, other data sets, shuffled pixels, noise, all that is not normal.

    The last comes last: where all is normal there is none, and who presses Apply at once should see a result.
    """
    kinds = {}
    if run.config.left_out_class != "none" and run.card.classes:
        kinds[LEFT_OUT] = f"Class {run.card.classes[int(run.config.left_out_class)]}, left out of training"
    kinds |= {f"data-{name}": title for name, title in others(run).items()}
    return kinds | {SHUFFLED: "Its images, pixels shuffled", NOISE: "Noise", OTHERS: "Its other images"}


def plane_of(run: Run) -> planes.Plane:
    """The plane on which outlines are drawn: z1 and z2 where there are no more, else the first two components."""
    dim = run.config.latent_dim
    if dim <= 2:
        return planes.dimensions_plane(dim, range(min(2, dim)))
    return planes.principal_plane(run.embedding().mu)


def inside(run: Run, mu: npt.NDArray[np.floating], outline: str) -> Mask:
    """Which of means (N, D) lie inside an outline x,y,x,y,… on the plane of `plane_of`, by the even-odd rule: (N,)"""
    corners = np.array(outline.split(","), dtype=np.float64).reshape(-1, 2)  # (K, 2)
    x, y = (each.astype(np.float64)[:, None] for each in planes.project(plane_of(run), mu))  # (N, 1) each
    (from_x, from_y), (to_x, to_y) = corners.T, np.roll(corners, -1, axis=0).T  # (K,) each
    crosses = (from_y > y) != (to_y > y)  # (N, K)
    height = np.where(to_y == from_y, 1.0, to_y - from_y)
    is_left = x < from_x + (y - from_y) / height * (to_x - from_x)
    return np.asarray((crosses & is_left).sum(axis=1) % 2 == 1)


def shown_outline(corners: list[tuple[float, float]], most: int = 24) -> str:
    """Corners as a setting: thinned out evenly to so many, with three decimals; "" for fewer than three."""
    if len(corners) < 3:
        return ""
    chosen = np.asarray(corners, dtype=np.float64)[
        np.unique(np.linspace(0, len(corners) - 1, most).round().astype(int))
    ]
    return ",".join(f"{value:.3f}" for value in chosen.flatten())


def options_of(kinds: Mapping[str, str]) -> str:
    """Values and what they stand for, for a help text."""
    return ", ".join(f"{value} ({title})" for value, title in kinds.items())
