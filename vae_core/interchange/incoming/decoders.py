"""A decoder's interface, read from its graph and measured on probes: latents, label, rows, layout and range."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from math import isqrt, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.errors import ModelRefused
from vae_core.interchange.incoming import views
from vae_core.interchange.incoming.networks import Network, Value
from vae_core.interchange.incoming.views import DecoderView, Floats, Label, Picture, Understanding

Array = npt.NDArray[Any]
MOST_DIMENSIONS = 64
"""As many as a training of ours may have: for each that the map does not show there is a slider."""
MOST_PIXELS = 3 * 256 * 256
_LABEL_NAME = re.compile(r"(label|class|cond|categor|one_?hot)|^(y|c|labels?)$", re.IGNORECASE)
_LATENT_NAME = re.compile(r"(latent|^z|code|noise|embedding)", re.IGNORECASE)
_PROBES = 24


def probes(latent_dim: int) -> Floats:
    """The prior's middle and some draws from it, (25, D): the same each time."""
    draws = np.random.default_rng(0).standard_normal((_PROBES, latent_dim))
    return np.concatenate([np.zeros((1, latent_dim)), draws]).astype(np.float32)


def understand_decoder(network: Network, about: Understanding) -> DecoderView:
    """Raises ModelRefused where it gives no picture, or cannot be read without being told more."""
    z, label = _inputs(network, about)
    latent_shape, batch = _latents(network, z, label, about)
    network = network.with_outputs([_picture_output(network)])
    view = DecoderView(network, z, latent_shape, batch, label, Picture((1, 1, 1), "", views.UNIT, 1))
    raw, view = _tried(view)  # (P, …)
    picture = _picture(view, raw, about)
    return replace(view, picture=_with_range(network, picture, raw, about))


def run_decoder(view: DecoderView, z: Floats, label: int = 0) -> Array:
    """What the network makes of rows of z (P, D), as it gives it: (P, …)."""
    if view.batch is None:
        return _outputs(view, z.reshape(-1, *view.latent_shape), label, len(z))
    rows = [_outputs(view, _repeated(row, view), label, max(1, view.batch)) for row in z]
    return np.stack([row[0] if view.batch and view.gives_rows else row for row in rows])


def _repeated(row: Floats, view: DecoderView) -> Floats:
    shaped = row.reshape(view.latent_shape)
    return np.repeat(shaped[None], view.batch, axis=0) if view.batch else shaped


def _outputs(view: DecoderView, z: Floats, label: int, rows: int) -> Array:
    given: dict[str, Array] = {view.z.name: z}
    if view.label:
        given[view.label.value.name] = label_rows(view.label, label, rows)
    return view.network.run(given)[view.network.outputs[0].name]


def label_rows(label: Label, number: int, rows: int) -> Array:
    """A class for so many rows, as a network wants to be told it."""
    if label.kind == views.ONE_HOT:
        return np.repeat(np.eye(label.classes, dtype=np.float32)[[number]], rows, axis=0)
    shape = (rows, 1) if len(label.value.shape) == 2 else (rows,)
    return np.full(shape, number, label.value.kind)


def _inputs(network: Network, about: Understanding) -> tuple[Value, Label | None]:
    """Which input is z, and which the class."""
    titles = [each.title for each in network.inputs]
    if not titles:
        raise ModelRefused(f"{network.file} has no input; expected a decoder that is given z")
    if len(titles) > 2:
        raise ModelRefused(f"{network.file} has the inputs {', '.join(titles[:6])}; expected z, or z and a class")
    guess = _likeliest_latents(network.inputs)
    is_sure = len(titles) == 1 or (len(guess) == 1)
    why = None if is_sure else f"{network.file} has the inputs {' and '.join(titles)}, and neither says which is z."
    z_title = about.settled("latents", titles, guess[0].title, why)
    z = next(each for each in network.inputs if each.title == z_title)
    others = [each for each in network.inputs if each is not z]
    return z, read_label(network, others[0], about) if others else None


def _likeliest_latents(inputs: tuple[Value, ...]) -> list[Value]:
    """Those that may be z, by kind and name: one where that is clear."""
    floats = [each for each in inputs if each.kind == "float32"] or list(inputs)
    unlike = [each for each in floats if not _LABEL_NAME.search(each.title)] or floats
    return [each for each in unlike if _LATENT_NAME.search(each.title)] or unlike


def read_label(network: Network, value: Value, about: Understanding) -> Label:
    """How a network is told the class: by a number, or by a one-hot row. Raises ModelRefused where neither fits."""
    if value.kind == "float32":
        if len(value.shape) != 2 or not value.shape[1] or not 1 < value.shape[1] <= 1000:
            raise ModelRefused(
                f"{network.file} has a second input {value.title!r} of shape {value.shape}; expected a class as a "
                "one-hot row, or as a number"
            )
        label = Label(value, views.ONE_HOT, value.shape[1])
    else:
        found = _table_length(network, value.name)
        said = about.told.get("classes", "")
        classes = int(said) if said.isdecimal() and 1 < int(said) <= 1000 else found
        if not classes:
            raise ModelRefused(f"{network.file} is told {value.title!r}, and of how many classes is not seen; say it")
        label = Label(value, views.INDEX, classes)
    about.facts |= {"label": value.title, "classes": str(label.classes)}
    return label


def _table_length(network: Network, name: str) -> int:
    """Rows of the table that a class looks up, or the depth of its one-hot row; 0 where there is neither."""
    names = {name}
    for node in network.nodes:
        if not names.intersection(node.inputs):
            continue
        if node.operator == "Gather" and node.inputs[0] in network.constants and node.inputs[1] in names:
            return len(network.constants[node.inputs[0]])
        if node.operator == "OneHot" and node.inputs[1] in network.constants:
            return int(network.constants[node.inputs[1]].reshape(-1)[0])
        names.update(node.outputs)
    return 0


def _latents(
    network: Network, z: Value, label: Label | None, about: Understanding
) -> tuple[tuple[int, ...], int | None]:
    """The shape of one z, and for how many rows the network was exported."""
    batch = (z.shape[0] if len(z.shape) > 1 else 0) if z.shape else None
    sizes = z.shape[1:] if len(z.shape) > 1 else z.shape
    shape = tuple(each or 0 for each in sizes) or (0,)
    if 0 in shape:
        shape = _tried_shape(network, z, label, batch, shape)
    dims = prod(shape)
    if dims > MOST_DIMENSIONS:
        raise ModelRefused(
            f"{network.file} has {dims:,} latent dimensions, {' × '.join(map(str, shape))}; at most {MOST_DIMENSIONS} "
            "can be dragged through"
        )
    about.facts["latent_dim"] = str(dims)
    return shape, batch


def _tried_shape(
    network: Network, z: Value, label: Label | None, batch: int | None, shape: tuple[int, ...]
) -> tuple[int, ...]:
    """The least number of dimensions with which it computes, where the file names none."""
    for dims in range(1, MOST_DIMENSIONS + 1):
        tried = (dims, *(each or 1 for each in shape[1:]))
        rows = (batch or 1,) if batch != 0 else ()
        given: dict[str, Array] = {z.name: np.zeros((*rows, *tried), np.float32)}
        if label:
            given[label.value.name] = label_rows(label, 0, batch or 1)
        try:
            network.run(given)
        except ModelRefused:
            continue
        return tried
    raise ModelRefused(f"{network.file} does not say how many latent dimensions it has, and none up to 64 fit")


def _picture_output(network: Network) -> Value:
    known = [each for each in network.outputs if len(each.shape) > 1 and prod(size or 1 for size in each.shape) > 1]
    return max(known or network.outputs, key=lambda each: prod(size or 1 for size in each.shape))


def _tried(view: DecoderView) -> tuple[Array, DecoderView]:
    """The probes' outputs; a network that does not take rows, or mixes them, is run row by row."""
    z = probes(prod(view.latent_shape))
    if view.batch == 0:
        return run_decoder(view, z), view
    rows = view.batch or 1
    alone = replace(view, batch=rows, gives_rows=False)
    alone = replace(alone, gives_rows=len(run_decoder(alone, z[:1])[0]) == rows)
    if not alone.gives_rows:
        return run_decoder(alone, z), alone
    single = run_decoder(alone, z[:3])
    for network in (view.network, freed(view.network, rows)):
        free = replace(view, batch=None, network=network)
        try:
            together = run_decoder(free, z)
        except ModelRefused:
            continue
        if together.shape == (len(z), *single.shape[1:]) and np.allclose(together[:3], single, 1e-3, 1e-4):
            return together, free
    return run_decoder(alone, z), alone


def freed(network: Network, batch: int) -> Network:
    """The same where each Reshape to so many rows is one to as many as there are; whether that is right is tried."""
    constants = dict(network.constants)
    for node in network.nodes:
        sizes = constants.get(node.inputs[1]) if node.operator == "Reshape" else None
        if sizes is not None and sizes.ndim == 1 and len(sizes) > 1 and sizes[0] == batch and -1 not in sizes:
            constants[node.inputs[1]] = np.concatenate([[-1], sizes[1:]]).astype(np.int64)
    return replace(network, constants=constants)


def _picture(view: DecoderView, raw: Array, about: Understanding) -> Picture:
    """How a picture lies in an output (P, …). Raises ModelRefused where it holds none."""
    shape, file = tuple(raw.shape[1:]), view.network.file
    while len(shape) > 3 and shape[0] == 1:  # a batch of its own
        shape = shape[1:]
    if prod(shape) > MOST_PIXELS:
        raise ModelRefused(f"{file} gives {prod(shape):,} numbers a picture; a browser draws {MOST_PIXELS:,} at most")
    if said := about.told.get("image"):
        found = _told_picture(said, shape, file)
    elif len(shape) == 2 or len(shape) == 3:
        found = _by_channels(shape, file)
    else:
        found = _from_flat(prod(shape), raw, file, about)
    if found.stored == 4:
        found = _without_alpha(found, raw)
    about.facts |= {"image": ", ".join(map(str, found.shape)), "layout": found.layout}
    return found


def _told_picture(said: str, shape: tuple[int, ...], file: str) -> Picture:
    sizes = [int(each) for each in re.findall(r"\d{1,5}", said)]
    if len(sizes) != 3 or prod(sizes) != prod(shape) or sizes[0] not in (1, 3):
        raise ModelRefused(
            f"{file} gives {prod(shape):,} numbers; an image of {said[:40]} has another number, or colour"
        )
    is_last = len(shape) == 3 and shape == (sizes[1], sizes[2], sizes[0])
    layout = views.CHANNELS_LAST if is_last else views.CHANNELS_FIRST
    return Picture((sizes[0], sizes[1], sizes[2]), layout, views.UNIT, sizes[0])


def _by_channels(shape: tuple[int, ...], file: str) -> Picture:
    if len(shape) == 2:
        return Picture((1, *shape), views.CHANNELS_FIRST, views.UNIT, 1)
    first, last = shape[0], shape[2]
    if first in (1, 3, 4) and (last not in (1, 3, 4) or first == 1):
        if first == 4:
            raise ModelRefused(f"{file} gives pictures of four channels in front; export grey or colours")
        return Picture((first, shape[1], last), views.CHANNELS_FIRST, views.UNIT, first)
    if last in (1, 3, 4):
        return Picture((1 if last == 1 else 3, first, shape[1]), views.CHANNELS_LAST, views.UNIT, last)
    raise ModelRefused(
        f"{file} gives {' × '.join(map(str, shape))} numbers, which is no picture in grey or colours; say what they are"
    )


def _from_flat(count: int, raw: Array, file: str, about: Understanding) -> Picture:
    """A square picture in grey or colours; of colours the smoother of the two arrangements."""
    side = isqrt(count)
    if side * side == count and side > 1:
        return Picture((1, side, side), views.CHANNELS_FIRST, views.UNIT, 1)
    side = isqrt(count // 3)
    if count % 3 or side * side * 3 != count or side < 2:
        raise ModelRefused(
            f"{file} gives {count:,} numbers, which is no square picture in grey or colours; say its channels, height "
            "and width"
        )
    numbers = raw.reshape(len(raw), -1).astype(np.float64)
    first = _roughness(numbers.reshape(-1, 3, side, side))
    last = _roughness(numbers.reshape(-1, side, side, 3).transpose(0, 3, 1, 2))
    guess = views.CHANNELS_FIRST if first <= last else views.CHANNELS_LAST
    is_clear = min(first, last) < 0.7 * max(first, last)
    why = None if is_clear else f"{file} gives {count:,} numbers in a row, and how colours lie among them is not said."
    return Picture((3, side, side), about.settled("layout", views.LAYOUTS, guess, why), views.UNIT, 3)


def _roughness(pictures: npt.NDArray[np.float64]) -> float:
    """Mean step from a pixel to the next, of (P, C, H, W)."""
    return float(np.abs(np.diff(pictures, axis=2)).mean() + np.abs(np.diff(pictures, axis=3)).mean())


def _without_alpha(picture: Picture, raw: Array) -> Picture:
    """Four channels in the end are colours and opacity; grey where the three colours are equal."""
    colours = raw.reshape(len(raw), *picture.shape[1:], 4)[..., :3]
    is_grey = bool((colours == colours[..., :1]).all())
    return replace(picture, shape=(1 if is_grey else 3, *picture.shape[1:]))


def _with_range(network: Network, picture: Picture, raw: Array, about: Understanding) -> Picture:
    """What the numbers mean: by their kind and the last operator where these say it, else by how large they are."""
    return replace(picture, range=about.settled("range", views.RANGES, *_range(network, raw.astype(np.float64))))


_SHAPING = {"Reshape", "Transpose", "Identity", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Concat", "Gather", "Cast"}


def _range(network: Network, raw: npt.NDArray[np.float64]) -> tuple[str, str | None]:
    """A guess, and why it is one; None where it is sure."""
    low, high, last = float(raw.min()), float(raw.max()), _last_operator(network)
    if network.outputs[0].kind != "float32":
        return views.BYTES, None
    if last in ("Sigmoid", "HardSigmoid", "Softmax"):
        return views.UNIT, None
    if last in ("Tanh", "Softsign"):
        return views.SIGNED, None
    seen = (
        f"{network.file} ends without saying what its numbers mean: on {len(raw)} draws they lie in "
        f"{low:.3g} … {high:.3g}."
    )
    if low >= -0.5 and high <= 1.5:
        return views.UNIT, seen
    if low >= -1.5 and high <= 1.5:
        return views.SIGNED, seen
    return (views.BYTES if low >= -20 and high > 40 else views.LOGITS), seen


def _last_operator(network: Network) -> str:
    """The one that made the output's numbers, those that only move them about passed over."""
    makers: Mapping[str, Any] = {name: node for node in network.nodes for name in node.outputs}
    name = network.outputs[0].name
    while name in makers and makers[name].operator in _SHAPING:
        name = next((each for each in makers[name].inputs if each in makers), makers[name].inputs[0])
    return makers[name].operator if name in makers else ""
