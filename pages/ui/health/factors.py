"""Known factors in the Health section: which columns they are, how far the code keeps them apart, ways to see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.address.positions import as_text
from pages.ui.draw import charts, health_charts
from pages.ui.server import images
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.data.factors import drawn_factors
from vae_core.health.factor_wording import MEASURES, draw_words, intro, spread_text

MOST_SEEDS = 4
"""Other runs that are measured as well: each takes as long as this one."""
LEAST_TOLD = 0.05
"""Share of a factor's entropy that is worth looking at."""
ENDS = (0.02, 0.98)
"""Of the images' means along a dimension: from where to where it is traversed."""


def choose(run: runs.Run) -> tuple[str, ...]:
    """The columns that are factors; () where the data set has none, or is not on this machine."""
    offered = [column["name"] for column in images.column_list(run)]
    if not offered:
        return ()
    drawn = [name for name in drawn_factors(run.card) if name in offered]
    chosen = st.multiselect(
        "Known factors",
        offered,
        default=drawn,
        key=f"factors-{run.id}",
        help="Columns of the data set that say what made each image as it is. A closer look tells which dimensions of "
        "the code stand for which of them.",
    )
    return tuple(chosen)


def other_seeds(run: runs.Run, visible: Sequence[runs.Run]) -> tuple[runs.Run, ...]:
    """Complete runs of the same images and settings that differ in their seed alone."""
    found = []
    for other in visible:
        is_other = other.id != run.id and other.config == run.config.model_copy(update={"seed": other.config.seed})
        if (
            is_other
            and other.config.seed != run.config.seed
            and other.card.has_images_of(run.card)
            and other.is_complete
        ):
            found.append(other)
    return tuple(found[:MOST_SEEDS])


def show(run: runs.Run, found: Mapping[str, Any], theme: charts.Theme) -> None:
    """All that a closer look has found of factors."""
    st.markdown(
        "**Known factors**",
        help="Ours: each value or equally filled bins, outliers drawn in, less what chance gives. Common: as "
        "disentanglement_lib and the papers' own code compute it, where few bins, one outlier or chance move it.",
    )
    st.caption(plain(intro(found)))
    figures, cells = st.columns([2, 3], gap="medium")
    with figures:
        st.markdown(table(found))
        st.caption(draw_words(found))
    with cells:
        matrix(run, found, theme)
    with st.expander("What each of them says"):
        st.markdown("\n".join(f"- **{each.title}**: {each.says}. {each.paper}." for each in MEASURES.values()))


def matrix(run: runs.Run, found: Mapping[str, Any], theme: charts.Theme) -> None:
    """Factors and dimensions; a cell leads to what changes along its dimension."""
    st.markdown(
        "**What each dimension tells of each factor**",
        help="Mutual information as a share of the factor's entropy. A click on a cell shows, on Explore, what changes "
        "along that dimension, as a film that can be saved as a GIF.",
    )
    event = st.plotly_chart(
        health_charts.told_of_factors(found, theme=theme),
        key=f"health-factors-{run.id}",
        config=charts.CONFIG,
        on_select="rerun",
        selection_mode="points",
    )
    ways_to_see(run, found)
    points = event["selection"]["points"]
    if points:
        factor, dimension = points[0]["customdata"]
        st.switch_page("explore.py", query_params=traversal(run, found, int(factor), int(dimension)))


def table(found: Mapping[str, Any]) -> str:
    """Each measure by both definitions, as a table in Markdown; with several seeds, how far ours lie apart."""
    seeds = found["seeds"]
    head = ["", "Ours", "Common", *(["Ours, all seeds"] if len(seeds) > 1 else [])]
    rows = [head, ["---", *["---:"] * (len(head) - 1)]]
    for name, measure in MEASURES.items():
        spread = [spread_text(seeds, name)] if len(seeds) > 1 else []
        rows.append([measure.title, f"{found['ours'][name]:.2f}", f"{found['common'][name]:.2f}", *spread])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ways_to_see(run: runs.Run, found: Mapping[str, Any]) -> None:
    """A link for each factor to the dimension that tells most of it, for those who use no mouse."""
    with st.container(horizontal=True):
        for factor, (name, shares) in enumerate(zip(found["names"], found["shares"], strict=True)):
            dimension = int(np.argmax(shares))
            if shares[dimension] >= LEAST_TOLD:
                st.page_link(
                    "explore.py",
                    label=plain(f"{name} along z{dimension + 1}"),
                    icon=":material/movie:",
                    query_params=traversal(run, found, factor, dimension),
                    help="Shows on Explore what changes along the dimension that tells most of this factor.",
                )


def traversal(run: runs.Run, found: Mapping[str, Any], factor: int, dimension: int) -> dict[str, str]:
    """Explore's address with two handles at the ends of a dimension, and the path between them.

    All other dimensions are those of the image that lies nearest to the middle of all.
    """
    names, means = found["names"], run.embedding().mu
    middle = means[np.argmin(((means - means.mean(axis=0)) ** 2).sum(axis=1))]
    ends = [middle.tolist() for _ in ENDS]
    for end, value in zip(ends, np.quantile(means[:, dimension], ENDS).tolist(), strict=True):
        end[dimension] = value
    asked = {
        "run": run.id,
        "z": ";".join(as_text(end) for end in ends),
        "names": f"z{dimension + 1} low;z{dimension + 1} high",
        "handle": "0",
        "show": "straight",
        "colour": names[factor],
    }
    if means.shape[1] > 2:
        others = [d for d in np.argsort(found["shares"][factor])[::-1].tolist() if d != dimension]
        asked |= {"plane": "axes", "across": f"z{dimension + 1}", "up": f"z{others[0] + 1}"}
    return asked
