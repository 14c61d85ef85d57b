"""What some uses show besides their figures, plots and pictures: a part's name to what draws it."""

from __future__ import annotations

from collections.abc import Callable

from pages.ui.apply import keeping
from pages.ui.apply.running import Outcome
from vae_core import runs

BESIDE: dict[str, Callable[[runs.Run, Outcome], None]] = {"augmentation": keeping.offer}
