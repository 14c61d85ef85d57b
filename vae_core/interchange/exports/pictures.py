"""What a run's decoder draws: a grid of the latent space as one PNG or as single ones, and a traversal as a GIF.

A conditional model draws each of its classes: grids beside each other, single pictures with the class in their name,
and in a traversal a row for each.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from math import prod

import numpy as np
import numpy.typing as npt

from vae_core.architecture import onnx_models
from vae_core.errors import RunMissing
from vae_core.interchange.exports import tables
from vae_core.runs import Run

SIDE = 15
"""Places in each direction of the grid."""
REACH = 2.5
"""How many standard deviations of the prior grid and traversal go to either side."""
FRAMES = 24
FRAME_MS = 80
MOST_DIMENSIONS = 16
"""In a traversal: those that the held-out images use most."""
MOST_VALUES = 2**22
"""Numbers in all images of a grid, at most: of larger images, or of many classes, it has fewer places."""
MOST_CLASSES = 20
"""Of a conditional model with more, the first."""
GAP = 4
"""Pixels between the grids of two classes."""
_BATCH = 64
Images = npt.NDArray[np.uint8]
Places = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]
Draw = Callable[[Places], npt.NDArray[np.float32]]


def grid_png(run: Run) -> bytes:
    """The grid as one picture, row by row from the upper left, as the map shows it. Raises as `Run.decoder`.

    Of a conditional model there is one for each class, in reading order, with black between them.
    """
    places, columns = grid_places(run)
    grids = [tiled(decoded(run, places, label), columns) for label in classes_of(run)]
    if len(grids) == 1:
        return png(grids[0])
    framed = np.stack([np.pad(grid, ((0, GAP), (0, GAP), (0, 0))) for grid in grids])  # (K, H, W, C)
    return png(tiled(framed.transpose(0, 3, 1, 2), _columns(len(grids)))[:-GAP, :-GAP])


def grid_pngs(run: Run) -> dict[str, bytes]:
    """A picture for each place of the grid, and `places.csv`, which says where each lies. Raises as `Run.decoder`.

    Of a conditional model for each class, by its number, and the table names it.
    """
    places, columns = grid_places(run)
    files: dict[str, bytes] = {}
    where: dict[str, list[object]] = {name: [] for name in ("file", *_class_column(run), *_z_columns(run))}
    for label in classes_of(run):
        start = f"class-{label:02}-" if run.config.is_conditional else ""
        names = [f"{start}row-{index // columns:02}-column-{index % columns:02}.png" for index in range(len(places))]
        images = zip(names, decoded(run, places, label), strict=True)
        files |= {name: png(image.transpose(1, 2, 0)) for name, image in images}
        where["file"] += names
        for column in _class_column(run):
            where[column] += [(run.card.classes or ())[label]] * len(places)
        for name, column_of_z in zip(_z_columns(run), places.T, strict=True):
            where[name] += list(column_of_z)
    return {"places.csv": tables.csv(where)} | files


def _class_column(run: Run) -> list[str]:
    return ["class"] if run.config.is_conditional else []


def _z_columns(run: Run) -> list[str]:
    return [f"z_{dim}" for dim in range(run.config.latent_dim)]


def classes_of(run: Run) -> list[int]:
    """What is drawn: each class of a conditional model, else what has the number 0."""
    return list(range(min(run.card.class_count, MOST_CLASSES))) if run.config.is_conditional else [0]


def _columns(count: int) -> int:
    return int(np.ceil(np.sqrt(count)))


def traversal_gif(run: Run) -> bytes:
    """A film with an image for each dimension, which goes from −`REACH` to `REACH` and back while all others are 0.

    Of a conditional model a row of them for each class.
    """
    from PIL import Image  # noqa: PLC0415

    known = run.imported.kl_per_dim_nats if run.imported else run.evaluation().held_out.kl_per_dim_nats
    kl = np.asarray(known or [0.0] * run.config.latent_dim)
    dims = np.sort(np.argsort(-kl, kind="stable")[:MOST_DIMENSIONS])
    frames = []
    for reach in REACH * np.cos(np.linspace(0, 2 * np.pi, FRAMES, endpoint=False)):
        places = np.zeros((len(dims), run.config.latent_dim), dtype=np.float32)
        places[np.arange(len(dims)), dims] = reach
        frames.append(places)
    by_class = [np.split(decoded(run, np.concatenate(frames), label), FRAMES) for label in classes_of(run)]
    images = [np.concatenate(rows) for rows in zip(*by_class, strict=True)]  # (K · dims, C, H, W) each
    columns = len(dims) if len(by_class) > 1 else _columns(len(dims))
    pictures = [Image.fromarray(_shown(tiled(each, columns))) for each in images]
    written = io.BytesIO()
    pictures[0].save(written, "gif", save_all=True, append_images=pictures[1:], duration=FRAME_MS, loop=0)
    return written.getvalue()


def grid_places(run: Run) -> tuple[Places, int]:
    """(rows · columns, D) places of the first two dimensions, 0 in all others, and how many columns; of D = 1 a row."""
    dim, size = run.config.latent_dim, prod(run.card.image_shape)
    side = max(2, min(SIDE, int((MOST_VALUES / size / len(classes_of(run))) ** 0.5)))
    if dim == 1:
        return np.linspace(-REACH, REACH, side * side, dtype=np.float32)[:, None], side
    ticks = np.linspace(-REACH, REACH, side, dtype=np.float32)
    z = np.zeros((side, side, dim), dtype=np.float32)
    z[..., 0], z[..., 1] = ticks, ticks[::-1, None]
    return z.reshape(-1, dim), side


def decoded(run: Run, places: Places, label: int = 0) -> Images:
    """What a complete run's decoder makes of places (N, D): uint8 (N, C, H, W). Raises RunMissing for huge images.

    label: the class that a conditional model is told.
    """
    if prod(run.card.image_shape) > MOST_VALUES:
        raise RunMissing(f"the images of run {run.id} are too large for a picture of many; see them in Explore")
    draw = _by_graph(run, label) if run.imported else _by_torch(run, label)
    batches = np.array_split(places, max(1, len(places) // _BATCH))
    return np.concatenate([(draw(batch).clip(0, 1) * 255).round().astype(np.uint8) for batch in batches])


def _by_torch(run: Run, label: int) -> Draw:
    import torch  # noqa: PLC0415  two seconds, only for whoever asks for pictures

    from vae_core.model.networks import build_vae, load_weights  # noqa: PLC0415

    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())

    def draw(places: Places) -> npt.NDArray[np.float32]:
        y = torch.full((len(places),), label) if run.config.is_conditional else None
        with torch.no_grad():
            image: npt.NDArray[np.float32] = model.image(torch.from_numpy(places), y).numpy()
        return image

    return draw


def _by_graph(run: Run, label: int) -> Draw:
    """For a model that was made elsewhere, which torch does not know: slower."""
    from onnx import load_from_string  # noqa: PLC0415
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415

    decoder = ReferenceEvaluator(
        load_from_string(onnx_models.decoder_onnx(run.config, run.weights(), label, card=run.card))
    )

    def draw(places: Places) -> npt.NDArray[np.float32]:
        with np.errstate(over="ignore"):  # within its sigmoid, which is right all the same
            image, *_ = decoder.run(["image"], {"z": places})
        return np.asarray(image, dtype=np.float32)

    return draw


def tiled(images: Images, columns: int) -> Images:
    """Images uint8 (N, C, H, W) as one (rows · H, columns · W, C), row by row; what is left of the last is black."""
    count, channels, height, width = images.shape
    rows = -(-count // columns)
    whole = np.zeros((rows * columns, channels, height, width), dtype=np.uint8)
    whole[:count] = images
    grid = whole.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    return grid.reshape(rows * height, columns * width, channels)


def png(pixels: Images) -> bytes:
    """uint8 (H, W, C) as a PNG; of other numbers of channels than a picture has, the first."""
    from PIL import Image  # noqa: PLC0415

    written = io.BytesIO()
    Image.fromarray(_shown(pixels)).save(written, "png")
    return written.getvalue()


def _shown(pixels: Images) -> Images:
    return np.ascontiguousarray(pixels if pixels.shape[2] in (3, 4) else pixels[..., 0])
