"""Which models can stand under one cursor, in what way, and what the linked maps are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from pages.ui.address.comparison import CursorState
from pages.ui.components.latent_canvas.canvas_data import CanvasData, MapView, canvas_data, shown_dimensions
from pages.ui.draw.palette import RUNS, Shade
from pages.ui.server import urls, visible_runs
from pages.ui.server.browser_runtime import installer
from pages.ui.text import run_text
from vae_core import runs
from vae_core.data.source import are_of_the_same_images
from vae_core.errors import ShapeMismatch

Mode = Literal["z", "input"]
MODES: tuple[Mode, ...] = ("z", "input")
"""'z': the same place in every latent space. 'input': the same held-out image through every model."""
MOST_MODELS = len(RUNS)


class LinkedModel(CanvasData):
    """One of the models under the cursor."""

    title: str
    shared: bool
    """Whether it learned the same images as the first of the models."""
    shade: Shade
    """The run's own colour on the page."""


class LinkedData(TypedDict):
    """What the linked maps are told."""

    assets: str
    """The address under which the assets lie, ends in "/"."""
    mode: Mode
    """Whether one place in latent space leads through all models, or one held-out image."""
    cursor: CursorState | None
    """Null for where it starts."""
    holes: bool
    """Whether the prior's holes are shaded."""
    examples: bool
    """Whether a table of the same images through each model stands below."""
    models: list[LinkedModel]
    runtime: bool
    """Whether the decoder's runtime is installed."""
    words: dict[str, str]
    """What the maps say in another language, by the names in `words.mjs`; {} for English."""


def modes(shown: Sequence[runs.Run]) -> list[Mode]:
    """The ways in which one cursor can lead through all of these, the more telling first; [] if there is none."""
    return [mode for mode in MODES if why_not(shown, mode) is None]


def why_not(shown: Sequence[runs.Run], mode: Mode) -> str | None:
    """Why these models cannot be linked in that way, in a sentence; None if they can."""
    if mode == "z":
        dims = [run.config.latent_dim for run in shown]
        if len(set(dims)) == 1:
            return None
        return f"The same z needs equally many latent dimensions, and these models have {_listed(dims)}."
    if are_of_the_same_images([run.card for run in shown]):
        return None
    names = list(dict.fromkeys(run.card.title for run in shown))
    if len(names) == 1:
        return f"The same image needs models of the same images, and these learned different ones called {names[0]}."
    return f"The same image needs models of one data set, and these learned {_listed(names)}."


def _listed(things: Sequence[object]) -> str:
    parts = [str(thing) for thing in things]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def letter(index: int) -> str:
    """What a run is called where there is no room: A for the first."""
    return chr(ord("A") + index)


def named(run: runs.Run, index: int) -> str:
    """A run's letter and its title."""
    return f"{letter(index)}: {run_text.run_title(run)}"


def linked_data(  # noqa: PLR0913
    shown: Sequence[runs.Run],
    mode: Mode = "z",
    *,
    cursor: CursorState | None = None,
    holes: bool = False,
    examples: bool = False,
    label: int | None = None,
    titles: Sequence[str] | None = None,
    words: Mapping[str, str] | None = None,
) -> LinkedData:
    """Everything the linked maps need for these runs, one to six.

    cursor: None for where it starts. holes: whether the
    prior's holes are shaded. examples: whether a table of the same images through every model stands below.
    label: the class that conditional models decode for under the same z; under the same image it is the image's own.
    titles: what the models are called, by default as in the list of runs. words: those of another language.
    Raises ShapeMismatch if they cannot be linked in that way, CheckpointDamaged if a run's files are not whole.
    """
    if reason := why_not(shown, mode):
        raise ShapeMismatch(reason)
    return {
        "assets": urls.asset_base(),
        "mode": mode,
        "cursor": cursor,
        "holes": holes,
        "examples": examples,
        "runtime": installer.state == "ready",
        "words": dict(words or {}),
        "models": [
            _model(
                run,
                shown[0],
                mode,
                label,
                title=titles[index] if titles else run_text.run_title(run),
                shade=RUNS[index],
            )
            for index, run in enumerate(shown)
        ],
    }


def _model(  # noqa: PLR0913
    run: runs.Run, first: runs.Run, mode: Mode, label: int | None, *, title: str, shade: Shade
) -> LinkedModel:
    """One model as the canvas would show it; under the same z on the same two dimensions as the first."""
    view = MapView("dims", shown_dimensions(first if mode == "z" else run))
    return {
        **canvas_data(run, visible_runs.status(run), view=view, label=label, compact=True),
        "title": title,
        "shared": run.card.has_images_of(first.card),
        "shade": shade,
    }
