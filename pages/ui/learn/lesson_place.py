"""Where a lesson's widget stands, and how one that lives in the browser is put there."""

from __future__ import annotations

from dataclasses import dataclass

from pages.ui.address import state
from pages.ui.components.lesson_widgets import lesson_widget
from pages.ui.draw.palette import LOOK
from pages.ui.server.urls import asset_base, run_base
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
    """One of the widgets of `components/lesson_widgets`, which need nothing from the server once they are there."""
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
    """The same, with a shipped model."""
    in_browser(place, model=model_place(runs.open_run(run_id)))


def model_place(run: runs.Run) -> dict[str, object]:
    """Where a model lies, and what its images and its latent space are: what the browser needs to run it."""
    return {
        "base": run_base(run.id),
        "step": run.step,
        "latentDim": run.config.latent_dim,
        "imageShape": list(run.card.image_shape),
        "classes": list(run.card.classes or ()),
    }
