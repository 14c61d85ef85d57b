"""A model from elsewhere, confirmed, becomes a run: with a map where its encoder is shown images, else without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae_core.architecture.imported_model import ImportedModel
from vae_core.config import TrainConfig, options, parse_config
from vae_core.data import registry
from vae_core.data.source import DataCard, parse_card
from vae_core.errors import DatasetError, ModelRefused
from vae_core.interchange.incoming import asking
from vae_core.interchange.incoming.asking import Proposal
from vae_core.interchange.incoming.formats.folders import own_model
from vae_core.interchange.incoming.views import POINT, WORDS
from vae_core.runs import Embedding
from vae_core.runs.imported.origin import ImportedFrom
from vae_core.runs.imported.writing import empty_map, map_of, write_imported

MOST_IMAGES = 10_000
"""Held-out images that are encoded for the map."""
NO_IMAGES = "model without images"
"""What the data set of a model is called that was shown none."""


@dataclass(frozen=True)
class Source:
    """Files by name, and what somebody said of them."""

    files: Mapping[str, bytes]
    told: Mapping[str, str]


def fitting_data_sets(model: ImportedModel, names: Iterable[str] | None = None) -> list[DataCard]:
    """The data sets on this machine that a model's encoder can be shown: of its images' shape, and its classes.

    names: among these; None for all that there are.
    """
    if model.encoder is None:
        return []
    found = []
    for name in registry.datasets() if names is None else names:
        try:
            card = registry.card_here(name) if registry.is_available(name) else None
        except DatasetError:
            continue
        if card and _fits(model, card):
            found.append(card)
    return found


def _fits(model: ImportedModel, card: DataCard) -> bool:
    return tuple(card.image_shape) == model.image_shape and model.classes in (0, card.class_count)


def keep(source: Source, proposal: Proposal, name: str, data_set: str | None = None, root: Path | None = None) -> str:
    """Stores what was proposed as a run under root, and returns its id.

    data_set: whose held-out images become the map, by the model's encoder. Raises ModelRefused, DatasetError,
    or what `write_imported` raises; then nothing is left behind.
    """
    title = _title(name) or _title(next(iter(source.files)))
    model, card, saved = proposal.model, None, own_model(source.files)
    embedding = empty_map(model.latent_dim, model.classes)
    error = None
    if data_set is not None:
        card = registry.card_here(data_set)
        embedding, error = _encoded(source, model, card)
    card = card or (saved.card if saved else _card_of(model, title))
    origin = ImportedFrom(
        title,
        proposal.kind,
        tuple(map(_title, source.files)),
        {WORDS.get(key, key): value for key, value in proposal.facts.items()},
        model.encoder is not None,
        mean_squared_error=error,
        likelihood=options.TITLES["likelihood"][saved.config.likelihood] if saved else "",
    )
    config = saved.config.model_copy(update={"dataset": card.name}) if saved else _config_of(proposal, card)
    return write_imported(saved.weights if saved else model.tensors(), config, card, embedding, origin, root=root)


def _encoded(source: Source, model: ImportedModel, card: DataCard) -> tuple[Embedding, float]:
    if model.encoder is None:
        raise ModelRefused("the model came without an encoder: no image can be given a place; leave the data set out")
    if not _fits(model, card):
        sizes = [" × ".join(map(str, shape)) for shape in (card.image_shape, model.image_shape)]
        raise ModelRefused(
            f"{card.title} has images of {sizes[0]} and {card.class_count} classes, the model is of {sizes[1]} and "
            f"{model.classes}; choose a data set of the same"
        )
    split = registry.images_of(card, "held-out")
    images, labels = split.images[:MOST_IMAGES], None if split.labels is None else split.labels[:MOST_IMAGES]
    found = asking.encode(source.files, source.told, np.asarray(images), labels if model.classes else None)
    known = labels if card.class_count else None
    return map_of(found.mu, found.logvar, known, "held-out"), found.mean_squared_error


def _card_of(model: ImportedModel, title: str) -> DataCard:
    """Of images that nobody has shown."""
    classes: Sequence[str] | None = [str(number) for number in range(model.classes)] or None
    return parse_card(
        {
            "name": NO_IMAGES, "title": title, "image_shape": model.image_shape, "classes": classes,
            "labels": "class" if classes else "none", "train_size": 1, "held_out_size": 1,
            "origin": "not known: the model was made elsewhere",
        },
        "the model",
    )  # fmt: skip


def _config_of(proposal: Proposal, card: DataCard) -> TrainConfig:
    """The settings of a run of ours that is asked and answers alike; what else they say means nothing."""
    is_to_points = proposal.model.encoder is None or proposal.facts.get("spread") == POINT
    kinds = {(False, False): "vae", (False, True): "autoencoder", (True, False): "cvae", (True, True): "cvae"}
    objective = kinds[bool(proposal.model.classes), is_to_points]
    return parse_config(
        {"dataset": card.name, "latent_dim": proposal.model.latent_dim, "objective": objective, "epochs": 1}
    )


def _title(name: str) -> str:
    """A name to be shown: its visible characters, not too many."""
    return re.sub(r"\s+", " ", "".join(letter for letter in name if letter.isprintable())).strip()[:80]
