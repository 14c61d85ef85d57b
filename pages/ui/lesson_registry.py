"""The widgets that a lesson's text may name, each with the function that draws it: one line for one widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pages.ui import state
from pages.ui.lesson_widgets import lesson_widget
from pages.ui.look import LOOK
from pages.ui.routes import asset_base, run_base
from vae_core import runs


@dataclass(frozen=True)
class Place:
    """Where a widget stands: its name, its lesson's number, the language and its words in it."""

    widget: str
    lesson: int
    language: str
    strings: dict[str, str]

    @property
    def is_done(self) -> bool:
        """Whether what the lesson asks to try on it has been done in this visit."""
        return self.widget in state.finished_tries()

    def finish(self) -> None:
        """Tick what there is to try on it; from a callback, so that the page is drawn with the tick."""
        state.finish_try(self.widget)


def in_browser(place: Place, **extra: object) -> None:
    """One of the widgets of `pages/ui/lesson_widgets`, which need nothing from the server once they are there."""
    data = {
        "widget": place.widget,
        "lesson": place.lesson,
        "language": place.language,
        "strings": place.strings,
        "done": place.is_done,
        "assets": asset_base(),
        "look": LOOK,
        **extra,
    }
    lesson_widget(data, key=f"lesson-{place.widget}", on_done=place.finish)


def with_model(place: Place, run_id: str) -> None:
    """The same, told where a shipped model lies."""
    run = runs.open_run(run_id)
    in_browser(place, model={"base": run_base(run.id), "step": run.step})


WIDGETS: dict[str, Callable[[Place], None]] = {
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
}
"""By the name that stands in `::widget NAME::`."""
