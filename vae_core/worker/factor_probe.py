"""How far a code keeps known factors apart while it is learnt: on a sample, and seldom enough to cost little."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from vae_core.data.factors import Factors, drawn_factors, factors_of
from vae_core.data.source import DataCard
from vae_core.errors import DataRefused
from vae_core.evaluation.disentanglement import measure_gaps
from vae_core.runs import Embedding
from vae_core.worker.publish_schedule import SHARE

FIRST_S = 5.0
"""Of training: what can be seen and dragged comes first, and scikit-learn takes a second to load."""
MOST_ROWS = 2000


class FactorProbe:
    """Measures maps of a training. Of data without known factors nothing is ever due."""

    def __init__(self, card: DataCard, columns: Mapping[str, npt.NDArray[Any]]) -> None:
        names = [name for name in drawn_factors(card) if name in columns]
        self._factors: Factors | None = factors_of(columns, names) if names else None
        self._due_s = FIRST_S

    def is_due(self, elapsed_s: float, *, is_last: bool) -> bool:
        """Whether it is time for the next figures; after the last step it always is."""
        return self._factors is not None and (is_last or elapsed_s >= self._due_s)

    def figures(self, embedding: Embedding) -> dict[str, float]:
        """Columns of a held-out row; none where nothing can be said of these images."""
        assert self._factors is not None
        mu, known = embedding.mu[:MOST_ROWS], self._factors.values[embedding.index[:MOST_ROWS]]
        try:
            mig, dci = measure_gaps(mu, known, self._factors.kinds)
        except DataRefused:  # too few images, or all of them alike
            return {}
        return {"mig": round(mig, 4), "dci": round(dci, 4)}

    def measured(self, elapsed_s: float, seconds: float) -> None:
        """That took so long: the next come when it is a fifteenth of the time."""
        self._due_s = elapsed_s + seconds * (1 / SHARE - 1)
