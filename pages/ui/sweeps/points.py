"""The points of a sweep as a table, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.address import table_rows
from pages.ui.draw.sweep_charts import Extent
from pages.ui.text import tables
from pages.ui.text.tables import written
from vae_core.config import settings, title_of
from vae_core.runs.listing.words import value_text
from vae_core.sweeps import Sweep, outcomes
from vae_core.sweeps.outcomes import Outcome, PointOutcome
from vae_core.sweeps.records import AIMS

_FORMS = {"active_units": "g", "accuracy": ".3f", outcomes.MINUTES: ".1f"}


def name_of(setting: str) -> str:
    """A setting as an axis has it: 'β', 'Latent dimensions'."""
    return settings()[setting][0].label.partition(",")[0]


def label(point: PointOutcome) -> str:
    """'β 2, latent dimensions 8'."""
    parts = [f"{name_of(name)} {shown(name, value)}" for name, value in point.settings.items()]
    return ", ".join(parts)


def shown(name: str, value: Any) -> str:
    """A setting's value as people read it."""
    return title_of(name, value) if isinstance(value, str) else value_text(value)


def typical(point: PointOutcome) -> Outcome | None:
    """The run whose −ELBO is the median of the seeds; of two, the lower. None without one that has a model."""
    known = sorted(
        (run.figures.get("negative_elbo_nats", run.figures["reconstruction_nats"]), run.seed, run)
        for run in point.runs
        if "reconstruction_nats" in run.figures
    )
    return known[(len(known) - 1) // 2][2] if known else None


def extent(point: PointOutcome, figure: str) -> Extent | None:
    """A figure of a point, from the least of its seeds to the most."""
    spread = point.spread(figure)
    return Extent(spread.median, spread.low, spread.high) if spread else None


def spread_text(point: PointOutcome, figure: str) -> str:
    """'142.3 (141.9 to 143.0)', '142.3' of one seed or of equal ones, '–' of none."""
    spread, form = point.spread(figure), _FORMS.get(figure, ",.1f")
    if spread is None:
        return "–"
    if spread.low == spread.high:
        return written(spread.median, form)
    return f"{written(spread.median, form)} ({written(spread.low, form)} to {written(spread.high, form)})"


def choose(
    sweep: Sweep, found: Sequence[PointOutcome], figure: str, best: outcomes.Best, titles: Mapping[str, str]
) -> list[int]:
    """A row for each point, that with the best median of the figure first; the numbers of those that are chosen."""
    order = _in_order(found, figure)
    rows = [_row(point, point.index == best.index, titles) for point in order]
    ids, name = [str(point.index) for point in order], f"points-{sweep.id}"
    event: Any = st.dataframe(
        tables.with_minus(rows, {}), hide_index=True, key=table_rows.widget_key(name, ids), on_select="rerun",
        selection_mode="multi-row", selection_default={"selection": {"rows": table_rows.first_rows(name, ids)}},
    )  # fmt: skip
    return [int(each) for each in table_rows.keep_rows(name, ids, event, ids)]


def _in_order(found: Sequence[PointOutcome], figure: str) -> list[PointOutcome]:
    """The best first, what is not known last."""
    sign = -1 if AIMS.get(figure) == "maximize" else 1
    known = {point.index: spread.median for point in found if (spread := point.spread(figure))}
    return sorted(found, key=lambda point: (point.index not in known, sign * known.get(point.index, 0), point.index))


def _row(point: PointOutcome, is_best: bool, titles: Mapping[str, str]) -> dict[str, Any]:
    ended = sum(bool(run.figures) for run in point.runs)
    return {
        **{name_of(name): shown(name, value) for name, value in point.settings.items()},
        **{title: spread_text(point, name) for name, title in titles.items()},
        "Seeds": "given up" if point.is_pruned else f"{ended} of {len(point.runs)}",
        "Best": "★" if is_best else "",
    }
