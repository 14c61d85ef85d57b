"""A lesson's widget where it stands, and how one that lives in the browser is put there."""

from __future__ import annotations

from dataclasses import dataclass

from pages.ui.address import state
from pages.ui.components.lesson_widgets import lesson_widget
from pages.ui.draw.palette import LOOK
from pages.ui.server.urls import asset_base, run_base
from vae_core import runs


@dataclass(frozen=True)
class LessonWidget:
    """A widget where it stands: its name, its lesson's number, the language and its words in it."""

    name: str
    lesson: int
    language: str
    strings: dict[str, str]

    @property
    def is_done(self) -> bool:
        """Whether what the lesson asks to try on it has been done in this visit."""
        return self.name in state.finished_tries()

    def finish(self) -> None:
        """Tick what there is to try on it; from a callback, so that the page is drawn with the tick."""
        state.finish_try(self.name)


def in_browser(widget: LessonWidget, **extra: object) -> None:
    """One of the widgets of `components/lesson_widgets`, which need nothing from the server once they are there."""
    data = {
        "widget": widget.name,
        "lesson": widget.lesson,
        "language": widget.language,
        "strings": widget.strings,
        "done": widget.is_done,
        "assets": asset_base(),
        "look": LOOK,
        **extra,
    }
    lesson_widget(data, key=f"lesson-{widget.name}", on_done=widget.finish)


def with_model(widget: LessonWidget, run_id: str) -> None:
    """The same, with a shipped model."""
    in_browser(widget, model=browser_model(runs.open_run(run_id)))


def browser_model(run: runs.Run) -> dict[str, object]:
    """Where a model lies, and what its images and its latent space are: what the browser needs to run it."""
    return {
        "base": run_base(run.id),
        "step": run.step,
        "latentDim": run.config.latent_dim,
        "imageShape": list(run.card.image_shape),
        "classes": list(run.card.classes or ()),
    }
