"""The widgets that a lesson's text may name, each with the function that draws it: one line for one widget."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.components.linked_maps import linked_maps
from pages.ui.components.linked_maps.linked_data import linked_data
from pages.ui.learn.widget_mounting import LessonWidget, browser_model, in_browser, with_model
from pages.ui.server import images
from vae_core import runs
from vae_core.config import TrainConfig, default_of
from vae_core.latent import aggregate_posterior
from vae_core.runs import lesson_records
from vae_core.runs.pretrained import LESSON_AUTOENCODER, LESSON_BETAS, lesson_id

START = [1.2, 2.2]
"""Where the cursor is at first: beside the middle, whose holes it would cover on the first two maps."""
HOLDING = 2.5
"""How far from the middle a place still is one where the prior expects images: 96 % of it lies nearer."""


def model_data(run_id: str) -> dict[str, Any]:
    """What the browser gets of a model: where it lies, and its figures, all measured by `make pretrained-lessons`.

    Raises CheckpointDamaged.
    """
    run, facts = runs.open_run(run_id), lesson_records.facts()[run_id]
    evaluation = run.evaluation()
    held_out = evaluation.held_out
    assert evaluation.train  # their runs are finished
    return {
        **browser_model(run),
        "beta": None if run.config.is_deterministic else run.config.beta,
        "rate": held_out.kl_nats,
        "distortion": held_out.reconstruction_nats,
        "bound": held_out.negative_elbo_nats,
        "active": held_out.active_units,
        "trained": evaluation.train.reconstruction_nats,
        "parameters": facts.parameters,
        "epochS": lesson_records.timing().epoch_s[run_id],
        "smoothedHoles": facts.prior_share_in_smoothed_holes,
        "undecided": {
            "real": facts.real_undecided_nats,
            "reconstructed": facts.reconstructed_undecided_nats,
            "generated": facts.generated_undecided_nats,
        },
        "shrunk": [
            {
                "images": each.images,
                "train": each.train_reconstruction_nats,
                "heldOut": each.held_out_reconstruction_nats,
            }
            for each in facts.shrunk
        ],
        "hasImages": images.has_images(run),
    }


def comparison(widget: LessonWidget) -> None:
    """Point, region and distribution, in a table."""
    in_browser(widget, models=[model_data(run_id) for run_id in lesson_records.COMPARED])


def every_beta(widget: LessonWidget) -> None:
    """One network at every β."""
    in_browser(widget, models=[model_data(lesson_id(beta)) for beta in LESSON_BETAS])


def sources(widget: LessonWidget) -> None:
    """Models to draw new images from, those that leave the prior holes first."""
    ids = (LESSON_AUTOENCODER, lesson_id(0), lesson_id(0.25), lesson_id(1))
    in_browser(widget, models=[model_data(run_id) for run_id in ids])


@st.fragment
def one_cursor(widget: LessonWidget) -> None:
    """The three maps under one cursor, by the same place or by the same image."""
    words = widget.strings
    shown = [runs.open_run(run_id) for run_id in lesson_records.COMPARED]
    mode = st.segmented_control(
        words["mode"],
        ["z", "input"],
        default="z",
        required=True,
        format_func=lambda each: words[f"mode-{each}"],
        key="lesson-mode",
        help=words["mode-help"],
    )
    data = linked_data(
        shown,
        "input" if mode == "input" else "z",
        cursor=None if mode == "input" else {"z": START},
        holes=True,
        titles=[words[f"model-{index}"] for index in range(len(shown))],
        words={key.removeprefix("maps-"): text for key, text in words.items() if key.startswith("maps-")},
    )
    reported = linked_maps(data, key=f"lesson-maps-{mode}")
    if not widget.is_done and reported.cursor and finds_a_hole(shown, reported.cursor.get("z")):
        widget.finish()
        st.rerun()
    if not all(map(images.has_images, shown)):
        st.caption(words["no-images"])


def finds_a_hole(shown: list[runs.Run], z: list[float] | None) -> bool:
    """Whether z lies where the prior expects images, the first model has none, and the last has.

    That is what the first lesson asks to find. Holes are those of the map, whose least σ is `FINEST_SIGMA`.
    """
    if z is None or sum(value * value for value in z) > HOLDING**2:
        return False
    first, last = (log_ratio(run, z) for run in (shown[0], shown[-1]))
    return first < aggregate_posterior.HOLE_NATS <= last


def log_ratio(run: runs.Run, z: list[float]) -> float:
    """How much denser a model's images lie at z than the prior would have them: log q(z) − log p(z), in nats."""
    embedding, at = run.embedding(), np.array([z])  # (1, 2)
    logvar = aggregate_posterior.widened(embedding.logvar, aggregate_posterior.FINEST_SIGMA)
    return float(
        aggregate_posterior.log_density(at, embedding.mu, logvar)[0] - aggregate_posterior.prior_log_density(at)[0]
    )


def ways_on(widget: LessonWidget, run_id: str) -> None:
    """Links to Train, with a lesson's settings filled in, and to the model itself in Explore."""
    words = widget.strings
    with st.container(horizontal=True, key=f"lesson-{widget.name}"):
        st.page_link(
            "train.py",
            label=words["train"],
            icon=":material/model_training:",
            query_params=settings_of(runs.open_run(run_id).config),
            help=words["train-help"],
        )
        st.page_link(
            "explore.py",
            label=words["explore"],
            icon=":material/explore:",
            query_params={"run": run_id},
            help=words["explore-help"],
        )


def settings_of(config: TrainConfig) -> dict[str, str]:
    """The settings of a config that are not at their defaults, as Train's address has them."""
    values = config.model_dump(exclude={"device"})
    different = {name: value for name, value in values.items() if value != default_of(name, values)}
    return {name: ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            for name, value in different.items()}  # fmt: skip


WIDGETS: dict[str, Callable[[LessonWidget], None]] = {
    "one-cursor": one_cursor,
    "twelve-differences": comparison,
    "train-vae": partial(ways_on, run_id=lesson_id(1)),
    "two-heads": partial(with_model, run_id="digits"),
    "gradient-routes": in_browser,
    "two-gaussians": in_browser,
    "kl-bell": in_browser,
    "kl-plane": in_browser,
    "three-ways": in_browser,
    "web-formulas": in_browser,
    "squared-error": in_browser,
    "three-bars": in_browser,
    "two-descents": in_browser,
    "pixel-entropy": in_browser,
    "rate-distortion": every_beta,
    "train-beta": partial(ways_on, run_id=lesson_id(4)),
    "three-sources": sources,
    "train-generator": partial(ways_on, run_id=lesson_id(0.25)),
}
"""By the name that stands in `::widget NAME::`."""
