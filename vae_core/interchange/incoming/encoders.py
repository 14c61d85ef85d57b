"""An encoder's interface: how it wants its images, and what its outputs say of σ."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.errors import ModelRefused
from vae_core.interchange.incoming import views
from vae_core.interchange.incoming.decoders import freed, label_rows, read_label
from vae_core.interchange.incoming.networks import Network, Value
from vae_core.interchange.incoming.views import DecoderView, EncoderView, Floats, Label, Picture, Understanding

Array = npt.NDArray[Any]

_NAMES = (
    (views.LOG_VARIANCE, re.compile(r"log_?_?(var|sigma_?(2|sq))|lnvar", re.IGNORECASE)),
    (views.LOG_SIGMA, re.compile(r"log_?(std|scale|dev)", re.IGNORECASE)),
    (views.VARIANCE, re.compile(r"var", re.IGNORECASE)),
    (views.SIGMA, re.compile(r"std|dev|scale", re.IGNORECASE)),
)
"""What an output is called. "sigma" alone says nothing: half of those who write it mean its logarithm."""
_MEAN = re.compile(r"mu|mean|loc", re.IGNORECASE)


@dataclass(frozen=True)
class _Outputs:
    mu: Value
    spread: Value | None
    is_joined: bool


def understand_encoder(network: Network, decoder: DecoderView, about: Understanding) -> EncoderView:
    """The encoder to a decoder. Raises ModelRefused where the two do not go together."""
    dims = prod(decoder.latent_shape)
    image, label = _inputs(network, decoder, about)
    batch, picture = _picture(network, image, decoder)
    if network.noisy:
        about.notes.append(f"{', '.join(network.noisy)} of {network.file} is drawn within the graph and left out.")
    view = EncoderView(network, image, batch, label, picture, network.outputs[0], None, False, views.POINT)
    samples = _samples(picture)
    made, view = _tried(view, samples)
    found = _outputs(network, made, dims)
    view = replace(view, mu=found.mu, spread=found.spread, is_joined=found.is_joined)
    view = replace(view, meaning=_meaning(view, made, dims, about), picture=_with_range(view, decoder, about))
    kept = [each for each in (found.mu, found.spread) if each is not None]
    return replace(view, network=network.with_outputs(kept))


def run_encoder(view: EncoderView, images: Floats, label: int = 0) -> dict[str, Array]:
    """Its outputs (P, …) for images as it wants them, (P, …)."""
    if view.batch is None:
        return _run(view, images, label, len(images))
    rows = []
    for image in images:
        given = np.repeat(image[None], view.batch, axis=0) if view.batch else image
        made = _run(view, given, label, max(1, view.batch))
        rows.append({name: value[0] if view.batch else value for name, value in made.items()})
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _run(view: EncoderView, images: Floats, label: int, rows: int) -> dict[str, Array]:
    given: dict[str, Array] = {view.image.name: images.astype(view.image.kind)}
    if view.label:
        given[view.label.value.name] = label_rows(view.label, label, rows)
    return view.network.run(given)


def _inputs(network: Network, decoder: DecoderView, about: Understanding) -> tuple[Value, Label | None]:
    if not network.inputs or len(network.inputs) > 2:
        raise ModelRefused(
            f"{network.file} has {len(network.inputs)} inputs; expected an encoder, which is given images"
        )
    image = max(network.inputs, key=lambda each: prod(size or 1 for size in each.shape))
    others = [each for each in network.inputs if each is not image]
    if bool(others) > bool(decoder.label):
        raise ModelRefused(
            f"{network.file} is told {others[0].title!r} and its decoder no class; they do not go together"
        )
    return image, read_label(network, others[0], about) if others else None


def _picture(network: Network, image: Value, decoder: DecoderView) -> tuple[int | None, Picture]:
    """Rows, and how an image of the decoder's lies in the input. Raises ModelRefused where none does."""
    shape, (channels, height, width) = image.shape, decoder.picture.shape
    sizes = tuple(each for each in shape[1:])
    flat = (channels * height * width,)
    for layout, wanted in (
        (views.CHANNELS_FIRST, (channels, height, width)),
        (views.CHANNELS_LAST, (height, width, channels)),
        (decoder.picture.layout, flat),
        *([(views.CHANNELS_FIRST, (height, width))] if channels == 1 else []),
    ):
        for batch, got in ((shape[0] if shape else None, sizes), (0, shape)):
            is_like = len(got) == len(wanted) and all(a in (b, None) for a, b in zip(got, wanted, strict=True))
            if is_like and got:
                return batch, Picture(decoder.picture.shape, layout, views.UNIT, len(wanted))
    raise ModelRefused(
        f"{network.file} is given {image.title!r} of shape {shape}, and the decoder makes images of "
        f"{channels} × {height} × {width}; choose the encoder that belongs to it"
    )


def as_wanted(picture: Picture, images: Floats) -> Floats:
    """Images (N, C, H, W) from 0 to 1 as an encoder wants them, by its layout and range. stored: dimensions it has."""
    numbers = {
        views.UNIT: images, views.LOGITS: images, views.SIGNED: 2 * images - 1, views.BYTES: 255 * images,
    }[picture.range]  # fmt: skip
    laid = numbers.transpose(0, 2, 3, 1) if picture.layout == views.CHANNELS_LAST else numbers
    if picture.stored == 3:
        return laid
    return laid.reshape(len(images), *((-1,) if picture.stored == 1 else picture.shape[1:]))


def _samples(picture: Picture) -> Floats:
    """Images to try an encoder on: black, white, and blots."""
    generator = np.random.default_rng(1)
    coarse = generator.random((6, picture.shape[0], 4, 4))
    blots = np.kron(coarse, np.ones((-(-picture.shape[1] // 4), -(-picture.shape[2] // 4))))
    flat = np.stack([np.full(picture.shape, level) for level in (0.0, 1.0)])
    return np.concatenate([flat, blots[..., : picture.shape[1], : picture.shape[2]]]).astype(np.float32)


def _tried(view: EncoderView, samples: Floats) -> tuple[dict[str, Array], EncoderView]:
    """As in `decoders`."""
    wanted = as_wanted(view.picture, samples)
    if view.batch == 0:
        return run_encoder(view, wanted), view
    alone = replace(view, batch=view.batch or 1)
    single = run_encoder(alone, wanted[:3])
    for network in (view.network, freed(view.network, alone.batch or 1)):
        free = replace(view, batch=None, network=network)
        try:
            together = run_encoder(free, wanted)
        except ModelRefused:
            continue
        if all(_agree(together[name], value, len(wanted)) for name, value in single.items()):
            return together, free
    return run_encoder(alone, wanted), alone


def _agree(together: Array, single: Array, rows: int) -> bool:
    return together.shape == (rows, *single.shape[1:]) and np.allclose(together[:3], single, 1e-3, 1e-4)


def _outputs(network: Network, made: dict[str, Array], dims: int) -> _Outputs:
    """Which output is μ, and which says σ. Raises ModelRefused."""
    sizes = {each.name: prod(made[each.name].shape[1:]) for each in network.outputs}
    fitting = [each for each in network.outputs if sizes[each.name] == dims]
    double = [each for each in network.outputs if sizes[each.name] == 2 * dims]
    if not fitting and double:
        return _Outputs(double[0], None, True)
    if not fitting:
        got = ", ".join(f"{each.title} of {sizes[each.name]}" for each in network.outputs)
        raise ModelRefused(
            f"{network.file} gives {got}, and the decoder has {dims} latent dimensions; choose its encoder"
        )
    means = [each for each in fitting if _MEAN.search(each.title)] or fitting
    others = [each for each in fitting if each is not means[0]]
    named = [each for each in others if any(pattern.search(each.title) for _, pattern in _NAMES)]
    return _Outputs(means[0], (named or others or [None])[0], False)  # type: ignore[list-item]


def _meaning(view: EncoderView, made: dict[str, Array], dims: int, about: Understanding) -> str:
    """What the second output means, by its name, or else asked: by its numbers there is only a guess."""
    if view.is_joined:
        values, title = made[view.mu.name].reshape(-1, 2 * dims)[:, dims:], ""
    elif view.spread is None:
        about.facts["spread"] = views.POINT
        about.notes.append(f"{view.network.file} gives no σ: it encodes an image to a point.")
        return views.POINT
    else:
        values, title = made[view.spread.name], view.spread.title
    named = next((meaning for meaning, pattern in _NAMES if pattern.search(title)), None)
    is_negative = bool(values.min() < 0)
    if named and not (is_negative and named in (views.SIGMA, views.VARIANCE)):
        return about.settled("spread", views.SPREADS, named, None)
    seen = f"{float(values.min()):.3g} … {float(values.max()):.3g}"
    why = f"{view.network.file} does not say what its second output means: on a few images it lies in {seen}."
    return about.settled("spread", views.SPREADS, views.LOG_VARIANCE if is_negative else views.SIGMA, why)


def _with_range(view: EncoderView, decoder: DecoderView, about: Understanding) -> Picture:
    """Mostly an encoder reads what its decoder gives; of a decoder of logits what these become."""
    guess = views.UNIT if decoder.picture.range == views.LOGITS else decoder.picture.range
    if view.image.kind != "float32":
        guess = views.BYTES
    options = (views.UNIT, views.SIGNED, views.BYTES)
    return replace(view.picture, range=about.settled("encoder_range", options, guess, None))
