"""What the map of a model shows whose latent dimensions are not just two, chosen in the sidebar."""

from __future__ import annotations

import streamlit as st

from pages.ui.components.latent_canvas.canvas_data import HeightsChoice, MapView, Plane, kl_per_dim, shown_dimensions
from pages.ui.server import images
from pages.ui.text import run_text
from pages.ui.text.error_text import in_words
from vae_core import runs

PLANES: dict[str, Plane] = {"axes": "dims", "PCA": "pca", "t-SNE": "layout"}


@in_words
def choose_view(run: runs.Run) -> MapView | None:
    """Nothing to choose for a plane, or while the model trains and knows no KL of its dimensions yet."""
    if run.config.latent_dim == 1:
        return MapView("dims", (0,), choose_heights(run))
    kl_nats = kl_per_dim(run) if run.config.latent_dim > 2 else None
    if kl_nats is None:
        return None
    chosen = st.segmented_control(
        "Map shows",
        list(PLANES),
        default="axes",
        required=True,
        key="plane",
        bind="query-params",
        help="Two latent dimensions; the two principal components, the plane in which the images' means vary most; or "
        "a t-SNE layout, which keeps neighbours together: only its points can be decoded, not what lies between.",
    )
    across, up = shown_dimensions(run)
    if chosen == "axes":
        order = sorted(range(len(kl_nats)), key=lambda each: -kl_nats[each])
        columns = st.columns(2)
        with columns[0]:
            across = _choose_dimension("Across", "across", order, kl_nats, across)
        with columns[1]:
            up = _choose_dimension("Up", "up", [each for each in order if each != across], kl_nats, up)
    return MapView(PLANES.get(chosen or "", "dims"), (across, up))


def choose_heights(run: runs.Run) -> HeightsChoice:
    """What the second axis means beside the only latent dimension; where it can mean one thing there is no choice."""
    offered: dict[str, HeightsChoice] = {"count": {"kind": "count", "name": ""}}
    if run.card.class_count:
        offered["class"] = {"kind": "class", "name": ""}
    offered |= {name: {"kind": "column", "name": name} for name in images.number_names(run) if name not in offered}
    if len(offered) == 1:
        return offered["count"]
    chosen = st.segmented_control(
        "Height shows",
        list(offered),
        default="count",
        required=True,
        format_func=lambda each: "how many" if each == "count" else each,
        key="height",
        bind="query-params",
        help="This model describes an image by one number, z₁, which lies across. How many: images of about the same "
        "z₁ are stacked. Class: each class has a row of its own. All else is what the data set knows of each image.",
    )
    return offered.get(chosen or "", offered["count"])


def _choose_dimension(title: str, key: str, order: list[int], kl_nats: list[float], default: int) -> int:
    """One of the dimensions, the most informative first."""
    names = {f"z{each + 1}": each for each in order}
    chosen: str = st.selectbox(
        title,
        list(names),
        index=order.index(default) if default in order else 0,
        key=key,
        bind="query-params",
        help="Latent dimensions by their KL: those that say most about an image come first. "
        + ", ".join(f"z{each + 1} {run_text.decimal(kl_nats[each], 2)}" for each in order[:6])
        + " nats.",
    )
    return names[chosen]
