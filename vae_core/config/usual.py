"""Which settings suit which pictures: one table, by their size, colours and number. No torch.

Defaults follow it (`train_config`), Train says why (`why`), and `python -m tests.bench.train_quality --data` measures
each row: a map that shows more than PCA's, in three minutes on two cores.
"""

from __future__ import annotations

from math import log
from typing import Any

from vae_core.data.source import DataCard

FEW = 10_000
"""With fewer images, smaller batches make more steps of as many."""
_EPOCHS = {1_500: 400, 60_000: 12}
"""By training images. Between and beyond, as straight lines go on where both are logarithms: about as many steps."""


def settings(card: DataCard | None) -> dict[str, Any]:
    """The settings that depend on what there is to learn from; None where nothing is known of it."""
    count = card.train_size if card else 60_000
    return {"batch_size": 64 if count < FEW else 128, "epochs": _epochs(count)}


def _epochs(count: int) -> int:
    """Few images need many epochs for as many steps; rounded to two figures, within what a setting may be."""
    (few, many_epochs), (many, few_epochs) = _EPOCHS.items()
    slope = log(many_epochs / few_epochs) / log(many / few)
    epochs = many_epochs * (few / count) ** slope
    return int(min(1000, max(1, float(f"{epochs:.1e}"))))
