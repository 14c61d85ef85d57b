"""The widgets that a lesson's text may name, each with the function that draws it: one line for one widget."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pages.ui.learn import lesson_models
from pages.ui.learn.lesson_place import Place, in_browser, with_model
from vae_core.runs.pretrained import lesson_id

WIDGETS: dict[str, Callable[[Place], None]] = {
    "one-cursor": lesson_models.one_cursor,
    "twelve-differences": lesson_models.comparison,
    "train-vae": partial(lesson_models.ways_on, run_id=lesson_id(1)),
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
    "rate-distortion": lesson_models.every_beta,
    "train-beta": partial(lesson_models.ways_on, run_id=lesson_id(4)),
    "three-sources": lesson_models.sources,
    "train-generator": partial(lesson_models.ways_on, run_id=lesson_id(0.25)),
}
"""By the name that stands in `::widget NAME::`."""
