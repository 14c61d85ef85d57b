"""What tells a run at a glance: its lattice as a picture, its curve, its verdict; each made once, in the background."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod

import numpy as np
import numpy.typing as npt

from pages.ui.server import artifacts, urls
from pages.ui.server.background import Background
from pages.ui.server.class_examples import png, thinning
from vae_core import runs
from vae_core.errors import LatentStudioError, RunMissing
from vae_core.health.evidence import gather
from vae_core.health.verdict import verdict
from vae_core.runs.listing import Entry, Glance, index

SIDE = 5
REACH = 1.6
"""The lattice goes so many standard deviations of the prior to each side."""
MOST_POINTS = 40
MOST_VALUES = 2**20
"""Numbers in an image that a lattice is made of, at most."""
_MADE = 512

_lattices = Background[bytes]("lattices", _MADE)
_glances = Background[Glance]("glances", 4096)


DAMAGED = Glance((), "Damaged")
ELSEWHERE = Glance((), "Made elsewhere")


def glance(entry: Entry) -> Glance | None:
    """Curve, of `MOST_POINTS` steps at most, and verdict of a run that will not change any more; None while they are
    made: ask again then.

    Made once for all servers: the index keeps it. Of a damaged one it is `DAMAGED`. Raises as `Background.start`.
    """
    if entry.glance:
        return entry.glance
    found = _glances.ask(f"{entry.id} {entry.step} {entry.updated_at}", partial(_glance, entry))
    if found not in (None, DAMAGED) and not entry.shipped:
        index.index_of(entry.directory.parent).keep_glance(entry, found)
    return found


def _glance(entry: Entry) -> Glance:
    try:
        run = index.open_listed(entry)
        if run.imported:
            return ELSEWHERE
        rows, _ = run.metrics()
        evaluation, status = run.evaluation() if run.is_complete else None, run.status()
    except LatentStudioError:
        return DAMAGED
    found = verdict(rows, run.config, run.card, evaluation, diverged_step=status.diverged_step, is_over=True)
    train = gather(rows, run.config, run.card).train  # the rows whose figures can be read
    return Glance(_thinned([row["reconstruction_nats"] + row["kl_nats"] for row in train]), found.title)


def _thinned(values: Sequence[float]) -> tuple[float, ...]:
    """Evenly spaced, the last among them."""
    count = min(len(values), MOST_POINTS)
    return tuple(values[(number + 1) * len(values) // count - 1] for number in range(count))


def lattice_address(run: runs.Run) -> str | None:
    """Where a browser gets the picture; None while there is no trained model."""
    return picture_at(run.id, run.step) if run.is_complete else None


def picture_at(run_id: str, step: int) -> str:
    """`lattice_address` of a complete run of that step."""
    return f"{urls.run_base(run_id)}{urls.RUN_ROUTES['lattice'].path}?step={step}"


def lattice(run: runs.Run) -> bytes:
    """What a complete run's decoder makes of `SIDE` × `SIDE` places of its first two dimensions, as a PNG.

    Large images are thinned out. Waits until it is made. Raises RunMissing for images of more than `MOST_VALUES`, and
    as `artifacts.decoder` and `Background.start`.
    """
    task = _lattices.start(run.digest(), lambda _: _lattice(run))
    task.wait()
    return task.result()


def _lattice(run: runs.Run) -> bytes:
    from onnx import load_from_string  # noqa: PLC0415  half a second, only for whoever asks for a picture
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415

    if prod(run.card.image_shape) > MOST_VALUES:
        raise RunMissing(f"the images of run {run.id} are too large for a lattice of them; see them in Explore")
    thin = thinning(run.card.image_shape)
    decoder = ReferenceEvaluator(load_from_string(artifacts.decoder(run, run.step)))
    rows: list[npt.NDArray[np.float32]] = []
    for places in np.split(_places(run.config.latent_dim), SIDE):  # never more than a row of whole images
        images, *_ = decoder.run(["image"], {"z": places})
        rows.append(np.asarray(images)[:, :, ::thin, ::thin].copy())
    return png(_tiled(np.concatenate(rows)))


def _places(dim: int) -> npt.NDArray[np.float32]:
    """(SIDE · SIDE, D): row by row from the upper left, as the map shows them; 0 in all further dimensions.

    Of one dimension all of them are different places, in reading order.
    """
    if dim == 1:
        return np.linspace(-REACH, REACH, SIDE * SIDE, dtype=np.float32)[:, None]
    ticks = np.linspace(-REACH, REACH, SIDE, dtype=np.float32)
    z = np.zeros((SIDE, SIDE, dim), dtype=np.float32)
    z[..., 0] = ticks
    z[..., 1] = ticks[::-1, None]
    return z.reshape(-1, dim)


def _tiled(images: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """(SIDE · SIDE, C, H, W) in [0, 1] -> uint8 (SIDE · H, SIDE · W, C)"""
    _, channels, height, width = images.shape
    grid = images.reshape(SIDE, SIDE, channels, height, width).transpose(0, 3, 1, 4, 2)
    pixels: npt.NDArray[np.uint8] = (grid.clip(0, 1) * 255).round().astype(np.uint8)
    return pixels.reshape(SIDE * height, SIDE * width, channels)
