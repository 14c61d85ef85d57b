"""What a sweep will take: runs × minutes, from how fast such trainings went on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from statistics import median

from vae_core.architecture import layers
from vae_core.config import TrainConfig
from vae_core.data.source import DataCard
from vae_core.errors import LatentStudioError
from vae_core.runs.listing import Entry, index
from vae_core.sweeps.records import Sweep

_BESIDE = 1.15
"""Maps, checkpoints and the evaluation at the end take up to two fifteenths of the time besides."""
_AROUND_S = 2.0
"""For a run's start and end, however short it is: its images are loaded, its model is evaluated and kept."""
_KIND = (
    "dataset", "architecture", "objective", "posterior", "likelihood", "importance_samples", "device", "precision",
)  # fmt: skip
"""Settings that must be equal for one run's speed to tell of another's; sizes and batches are reckoned with."""
_LOOKED_AT = 5
"""So many of the newest runs of a kind say how fast they are."""


@dataclass(frozen=True)
class Cost:
    """runs: how many are to be made. minutes: of one, as a mean. total_minutes: of all, so many at a time."""

    runs: int
    minutes: float
    total_minutes: float
    at_a_time: int

    def __str__(self) -> str:
        together = f", {self.at_a_time} at a time" if self.at_a_time > 1 else ""
        return (
            f"{self.runs} runs × {in_words(self.minutes)}{together}: about {in_words(self.total_minutes)} in all"
            if self.runs != 1
            else f"1 run: about {in_words(self.minutes)}"
        )


def in_words(minutes: float) -> str:
    """'40 seconds', '3.5 minutes', '2.1 hours'."""
    if minutes < 1:
        seconds = max(1, round(minutes * 60))
        return f"{seconds} second{'s' * (seconds != 1)}"
    if minutes < 90:
        return f"{minutes:.1f} minutes" if minutes < 10 else f"{minutes:.0f} minutes"
    return f"{minutes / 60:.1f} hours"


def cost_of(sweep: Sweep, card: DataCard, images_per_s: float, at_a_time: int, trained: int) -> Cost:
    """images_per_s: how fast the sweep's base settings train, on one thread. trained: images that are learnt from.

    Other points take as much longer as they multiply more. Raises ConfigInvalid.
    """
    base = sweep.config_of({})
    points = [sweep.config_of(point) for point in sweep.points] or [base] * sweep.trials
    each = [
        (_BESIDE * config.epochs * trained / images_per_s * work(config, card) / work(base, card) + _AROUND_S) / 60
        for config in points
    ]
    runs = len(each) * len(sweep.seeds)
    width = max(1, min(at_a_time, runs))
    total = sum(each) * len(sweep.seeds)
    return Cost(runs, total / runs, max(total / width, *each), width)


def work(config: TrainConfig, card: DataCard) -> float:
    """Multiplications for one image, through encoder and decoder; and what each step costs however few it has."""
    encoder = _multiplications(layers.encoder_layers(config, card), card.image_shape)
    decoder = _multiplications(layers.decoder_layers(config, card), (config.latent_dim,))
    return encoder + decoder + _STEP / config.batch_size


def _multiplications(network: Iterable[layers.Layer], shape: tuple[int, ...]) -> int:
    """For one input of that shape."""
    found = 0
    for layer in network:
        before, shape = shape, layers.output_shape(layer, shape)
        places = {layers.Conv: shape, layers.ConvTranspose: before}.get(type(layer), (1,))
        found += layers.weight_count(layer) * prod(places[1:])
    return found


_STEP = 20e6
"""What a step costs besides, in multiplications: some milliseconds."""


def measured_speed(config: TrainConfig, card: DataCard, entries: Iterable[Entry]) -> float | None:
    """Images a second of the newest finished runs on the same data with the same kind of network, for these settings;
    None without one.
    """
    found = []
    for entry in entries:
        is_alike = all(entry.settings.get(name) == getattr(config, name) for name in _KIND)
        if is_alike and entry.state == "finished" and not entry.shipped and not entry.parent:
            speed = _speed(entry, config, card)
            found += [speed] if speed else []
        if len(found) == _LOOKED_AT:
            break
    return median(found) if found else None


def _speed(entry: Entry, config: TrainConfig, card: DataCard) -> float | None:
    try:
        run = index.open_listed(entry)
        rows, _ = run.metrics()
        speeds = [float(row["images_per_s"]) for row in rows if row.get("images_per_s")]
        return median(speeds) * work(run.config, run.card) / work(config, card) if speeds else None
    except LatentStudioError:
        return None


def minutes_left(total: Sequence[float], waiting: int, at_a_time: int) -> float | None:
    """How long the rest takes, from the minutes of the runs that have ended; None before one has."""
    return waiting * median(total) * _BESIDE / max(1, at_a_time) if total else None
