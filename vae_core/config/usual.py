"""Which settings suit which pictures: one table, by their size, colours and number. No torch.

Defaults follow it (`train_config`), Train says why (`why`), and `python -m tests.bench.train_quality --data` measures
each row: a map whose decoder draws more than principal components do, in three minutes on two cores. Maps have two
dimensions: so few leave little to share between neighbours, and convolutions win only where pictures are large.
Photographs of 64×64 and colour by the fifty thousand go by their neighbours in the table: nobody has trained them to
the end yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

from vae_core.data.source import DataCard

FEW = 10_000
"""With fewer images, smaller batches make more steps of as many."""
GREY_SHARE = 0.6
"""Of pixels that are neither nearly black nor nearly white: with more, Bernoulli is no fit."""
_EPOCHS = {1_500: 400, 60_000: 12}
"""By training images. Between and beyond, as straight lines go on where both are logarithms: about as many steps."""


@dataclass(frozen=True)
class Row:
    """For pictures up to so many pixels a side. network: why this one, in words, after "For …:".

    images: how many times an image is looked at in three minutes, all together; None to go by `_EPOCHS`.
    """

    side: int
    architecture: str
    channels: tuple[int, ...]
    learning_rate: float
    batch_sizes: tuple[int, int]  # of few images, of many
    images: int | None
    network: str


_SMALL_GREY = Row(32, "mlp", (16, 32), 4e-3, (64, 128), None, "fully connected layers, the fastest on so few pixels")
_SMALL_COLOUR = Row(
    40, "mlp", (16, 32), 2e-3, (64, 128), 220_000,
    "fully connected layers, which make a better map of two dimensions than convolutions do in the same time",
)  # fmt: skip
_LARGE = (
    Row(80, "conv", (16, 32, 64, 64), 2e-3, (64, 64), 60_000, "convolutions, for so many pixels the better map"),
    Row(10**9, "conv", (8, 16, 32, 64, 64), 1e-3, (16, 32), 32_000, "five convolutions, down to few pixels"),
)


def settings(card: DataCard | None) -> dict[str, Any]:
    """The settings that depend on what there is to learn from; None where nothing is known of it."""
    row, count = _row(card), card.train_size if card else 60_000
    return {
        "architecture": row.architecture,
        "channels": row.channels[: _halvings(card)] if card else row.channels,
        "likelihood": "gaussian-learned" if _is_toned(card) else "bernoulli",
        "learning_rate": row.learning_rate,
        "batch_size": row.batch_sizes[count >= FEW],
        "epochs": _epochs(count, row.images),
    }


NAMES = ("architecture", "channels", "likelihood", "learning_rate", "batch_size", "epochs")
"""Of those settings."""


def why(card: DataCard) -> str:
    """Why these: a sentence for whoever chooses a data set."""
    _, height, width = card.image_shape
    chosen = settings(card)
    scored = "a learned σ, since tones are no coin tosses" if _is_toned(card) else "cross-entropy for black and white"
    epochs = f"{chosen['epochs']} epoch{'s'[: chosen['epochs'] > 1]}"
    return (
        f"Its usual settings: for {height}×{width} {'colour' if card.image_shape[0] > 1 else 'grey'} pictures "
        f"{_row(card).network}; {scored}; and {epochs} of {card.train_size:,}, within about three minutes on two cores."
    )


def _row(card: DataCard | None) -> Row:
    if card is None:
        return _SMALL_GREY
    side = max(card.image_shape[1:])
    small = _SMALL_GREY if card.image_shape[0] == 1 else _SMALL_COLOUR
    return next(row for row in (small, *_LARGE) if side <= row.side)


def _halvings(card: DataCard) -> int:
    """How often the shorter side is halved, at most, without falling below two pixels."""
    return max(1, min(card.image_shape[1:]).bit_length() - 2)


def _is_toned(card: DataCard | None) -> bool:
    """Whether pixels are colours or greys, and not mostly black and white: told from them where they are known."""
    if card is None:
        return False
    if card.image_shape[0] > 1:
        return True
    is_large = max(card.image_shape[1:]) > _SMALL_GREY.side
    return card.statistics.middle_share > GREY_SHARE if card.statistics else is_large


def _epochs(count: int, images: int | None) -> int:
    """Few images need many epochs for as many steps; rounded to two figures, within what a setting may be."""
    if images is None:
        (few, many_epochs), (many, few_epochs) = _EPOCHS.items()
        slope = log(many_epochs / few_epochs) / log(many / few)
        epochs = many_epochs * (few / count) ** slope
    else:
        epochs = max(1.0, images / count)
    return int(min(1000, max(1, float(f"{epochs:.1e}"))))
