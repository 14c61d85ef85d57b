"""What the canvas is told, besides what every component is (`run_data`): plain JSON, see `CanvasData`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from pages.ui.address import state
from pages.ui.components.run_data import CommonData, common_data
from pages.ui.server import artifacts, images, urls
from pages.ui.server.browser_runtime import installer
from pages.ui.text import run_text
from pages.ui.text.run_text import encoding_note
from vae_core import runs
from vae_core.data import registry
from vae_core.health.checks_latent import COLLAPSED_KL, is_collapsed, is_still

INK_SHARE = 20 / 28
"""The longer side of the ink as a share of the image's: MNIST's digits were scaled to 20 of 28 pixels."""
ALL_IMAGES = "all images"
CHANCE = "Places, neighbours and shares of the variance on this map are chance."
INK_SHARES = {"digits": 1.0, "mnist": INK_SHARE}
"""The longer side of the ink in the images that are of ink, as a share of the image's side."""


Plane = Literal["dims", "pca", "layout"]
HeightKind = Literal["count", "class", "column"]


@dataclass(frozen=True)
class MapView:
    """What the map shows: plane 'dims' the two dimensions dims (from 0), 'pca' the first two principal components.

    'layout' is no plane: the held-out images laid out by t-SNE, see `layouts`. heights: what the second axis means
    where there is only one dimension.
    """

    plane: Plane
    dims: tuple[int, ...]
    heights: HeightsChoice | None = None


class Replay(TypedDict):
    """A run that can be looked back on."""

    epochs: int
    """How many it is to have in all."""


class Visit(TypedDict):
    """What somebody has put on the canvas."""

    handles: list[state.HandleState]
    active: int
    show: list[state.Shown]
    options: dict[str, str]


class HeightsChoice(TypedDict):
    """What the second axis of a map of one latent dimension means."""

    kind: HeightKind
    name: str
    """The column's, "" for no column."""


class CanvasData(CommonData):
    """What the latent canvas is told."""

    latentDim: int
    dims: list[int]
    """The two dimensions that the map shows at first, counted from 0; or the only one."""
    heights: HeightsChoice | None
    """Null where the second axis is a dimension like the first."""
    plane: Plane
    """Whether it shows these two, the plane of the first two principal components, or points laid out by t-SNE."""
    klPerDim: list[float] | None
    """Nats of each dimension on the held-out images, null while it trains."""
    imageShape: tuple[int, int, int]
    """(C, H, W)"""
    classes: list[str]
    listedClasses: list[str]
    """The same as legends and lists have them: those of which no image is on the map say so."""
    likelihood: str
    isConditional: bool
    """Whether encoder and decoder are told a class."""
    caution: str
    """What to know before anything is read from where points lie, "" for nothing."""
    encoding: str
    """What to know of how this model encodes an image, "" for nothing."""
    inkShare: float | None
    """The longer side of the ink as a share of the image's, null for images not of ink."""
    handles: list[state.HandleState]
    active: int
    """The number of the handle that a click on the map moves, from 0."""
    show: list[state.Shown]
    """What is on the map besides the points."""
    options: dict[str, str]
    """What features keep in the address, by the names in `OPTION_PATTERNS`."""
    points: urls.Split
    """Of which images the points are."""
    images: bool
    """Whether the real images can be fetched."""
    pictured: list[int] | None
    """The numbers of those that can be, null for all of them."""
    label: NotRequired[int | None]
    """The class to decode for, null where the model knows none or still trains."""
    compact: bool
    """Whether it stands beside the curves, in the smaller arrangement."""
    replay: Replay | None
    """Null where nothing can be looked back on."""
    runtime: NotRequired[bool]
    """Whether the decoder's runtime is installed; when it arrives, the canvas starts anew."""


def canvas_data(  # noqa: PLR0913
    run: runs.Run,
    status: runs.Status,
    *,
    view: MapView | None = None,
    points: urls.Split = "held-out",
    label: int | None = None,
    compact: bool = False,
    visit: Visit | None = None,
) -> CanvasData:
    """Everything the latent canvas needs for one run. Raises CheckpointDamaged if a finished run's files are not whole.

    view: what the map shows; None for the two dimensions of most KL. points: 'held-out' or 'all', see the embedding
    route. label: the class to decode for, see `conditional`. compact: the smaller arrangement beside the curves.
    visit: None for what this session's address keeps.
    """
    visit = visit or this_visit()
    if not status.is_final or (view and view.plane == "layout"):
        points = "held-out"  # those that a run in training publishes, and that a layout is of
    return {
        **common_data(run, status),
        "latentDim": run.config.latent_dim,
        "dims": list(view.dims if view else shown_dimensions(run)),
        "heights": _heights(run, view),
        "plane": view.plane if view else "dims",
        "klPerDim": kl_per_dim(run),
        "imageShape": run.card.image_shape,
        "classes": class_names(run),
        "listedClasses": listed_classes(run, points),
        "likelihood": run.config.likelihood,
        "isConditional": run.config.is_conditional,
        "caution": caution(run),
        "encoding": run_text.made_elsewhere(run.imported) if run.imported else encoding_note(run.config),
        "inkShare": _ink_share(run),
        "handles": visit["handles"],
        "active": visit["active"],
        "show": _shown(run, visit["show"]),
        "options": visit["options"],
        "points": points,
        "images": images.has_images(run),
        "pictured": None,
        "label": label,
        "compact": compact,
        "replay": None if view and view.plane == "layout" else _replay(run, status),  # one layout, of one moment
        "runtime": installer.state == "ready",
    }


def this_visit() -> Visit:
    """As the address of this session has it."""
    return {
        "handles": state.handles(),
        "active": state.active_handle(),
        "show": state.shown(),
        "options": state.options(),
    }


def _shown(run: runs.Run, asked: list[state.Shown]) -> list[state.Shown]:
    """What was asked for; where there are no points, a lattice stands for them."""
    return ["lattice"] if asked == ["pictures"] and run.imported and not run.imported.images else asked


def _ink_share(run: runs.Run) -> float | None:
    """None for images of something else, whatever their data set is called."""
    known = registry.DATASETS.get(run.card.name)
    return INK_SHARES.get(run.card.name) if known and known.card.has_images_of(run.card) else None


def _heights(run: runs.Run, view: MapView | None) -> HeightsChoice | None:
    if run.config.latent_dim > 1:
        return None
    return view.heights if view and view.heights else {"kind": "count", "name": ""}


def _replay(run: runs.Run, status: runs.Status) -> Replay | None:
    """Of how many epochs a run is; None if it has ended and there is no earlier one to look back on."""
    has_past = (
        not status.is_final
        or artifacts.is_moved_by_beta(run)
        or any(snapshot.step < status.step for snapshot in run.snapshots())
    )
    return {"epochs": run.config.epochs} if has_past else None


def class_names(run: runs.Run) -> list[str]:
    """What the classes on the map are called; images that are not of one class are all of one kind."""
    return list(run.card.classes or ()) if run.card.class_count else [ALL_IMAGES]


def listed_classes(run: runs.Run, points: urls.Split) -> list[str]:
    """Names of the classes, those of which the map has no image marked; of all images nobody has counted them."""
    absent = artifacts.absent_classes(run) if points == "held-out" else ()
    return [f"{name} (no image)" if index in absent else name for index, name in enumerate(class_names(run))]


def shown_dimensions(run: runs.Run) -> tuple[int, ...]:
    """The two dimensions on the map, of most KL once the run is evaluated, before that the first; or the only one."""
    kl_nats = kl_per_dim(run) or [0.0] * run.config.latent_dim
    return tuple(sorted(sorted(range(len(kl_nats)), key=lambda each: -kl_nats[each])[:2]))


def caution(run: runs.Run) -> str:
    """That a map shows nothing but chance, where it does; "" otherwise, and until the run is evaluated."""
    if not run.is_complete or run.imported:
        return ""
    figures = run.evaluation().held_out
    if is_collapsed(run.config, figures.kl_per_dim_nats):
        return f"Nothing is encoded: no dimension carries {COLLAPSED_KL:g} nats. {CHANCE}"
    if is_still(run.config, figures):
        return f"Nothing is encoded: all images have nearly the same posterior. {CHANCE}"
    return ""


def kl_per_dim(run: runs.Run) -> list[float] | None:
    """Nats of each latent dimension on the held-out images; None until the run is evaluated."""
    if not run.is_complete:
        return None
    if run.imported:
        return list(run.imported.kl_per_dim_nats or ()) or None
    return list(run.evaluation().held_out.kl_per_dim_nats)
