"""What the two components are told: plain JSON, with addresses from which they fetch the rest by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pages.ui.address import state
from pages.ui.draw.palette import LOOK
from pages.ui.server import images, urls
from pages.ui.server.browser_runtime import installer
from pages.ui.text.run_text import encoding_note, has_beta
from vae_core import runs

INK_SHARE = 20 / 28
"""The longer side of the ink as a share of the image's: MNIST's digits were scaled to 20 of 28 pixels."""
INK_SHARES = {"digits": 1.0, "mnist": INK_SHARE}
"""The longer side of the ink in the images that are of ink, as a share of the image's side."""


@dataclass(frozen=True)
class MapView:
    """What the map shows: plane 'dims' the two dimensions dims (from 0), 'pca' the first two principal components.

    'layout' is no plane: the held-out images laid out by t-SNE, see `layouts`.
    """

    plane: str
    dims: tuple[int, int]


def canvas_data(  # noqa: PLR0913
    run: runs.Run,
    status: runs.Status,
    *,
    view: MapView | None = None,
    points: str = "held-out",
    label: int | None = None,
    compact: bool = False,
) -> dict[str, Any]:
    """Everything the latent canvas needs for one run. Raises CheckpointDamaged if a finished run's files are not whole.

    view: what the map shows; None for the two dimensions of most KL. points: 'held-out' or 'all', see the embedding
    route. label: the class to decode for, see `conditional`. compact: the smaller arrangement beside the curves.
    """
    if not status.is_final or (view and view.plane == "layout"):
        points = "held-out"  # those that a run in training publishes, and that a layout is of
    return {
        **_common(run, status),
        "latentDim": run.config.latent_dim,
        "dims": list(view.dims) if view else shown_dimensions(run),
        "plane": view.plane if view else "dims",
        "klPerDim": kl_per_dim(run),
        "imageShape": list(run.card.image_shape),
        "classes": list(run.card.classes or ()),
        "likelihood": run.config.likelihood,
        "isConditional": run.config.is_conditional,
        "encoding": encoding_note(run.config),
        "inkShare": INK_SHARES.get(run.config.dataset),
        "handles": state.handles(),
        "active": state.active_handle(),
        "show": state.shown(),
        "options": state.options(),
        "points": points,
        "images": images.has_images(run),
        "label": label,
        "compact": compact,
        "replay": None if view and view.plane == "layout" else _replay(run, status),  # one layout, of one moment
        "runtime": installer.state == "ready",
    }


def _replay(run: runs.Run, status: runs.Status) -> dict[str, int] | None:
    """Of how many epochs a run is; None if it has ended and there is no earlier one to look back on."""
    has_past = not status.is_final or any(snapshot.step < status.step for snapshot in run.snapshots())
    return {"epochs": run.config.epochs} if has_past else None


def curves_data(run: runs.Run, status: runs.Status) -> dict[str, Any]:
    """Everything the live curves need for one run; they report when it is no longer as this status says."""
    config = run.config
    beta = config.beta if has_beta(config) else None
    return {
        **_common(run, status),
        "latentDim": config.latent_dim,
        "isDeterministic": config.is_deterministic,
        "settings": {"beta": beta, "learning_rate": config.learning_rate},
    }


def health_data(run: runs.Run, status: runs.Status) -> dict[str, Any]:
    """Everything the verdict's component needs for one run."""
    return _common(run, status)


def _common(run: runs.Run, status: runs.Status) -> dict[str, Any]:
    step = run.step if run.is_complete else status.live_step
    return {
        "assets": urls.asset_base(),
        "run": {
            "id": run.id,
            "base": urls.run_base(run.id),
            "step": step,
            "state": status.state,
            "error": status.error,
        },
        "look": LOOK,
    }


def shown_dimensions(run: runs.Run) -> list[int]:
    """The two dimensions on the map: those that carry the most KL once the run is evaluated, before that the first."""
    kl_nats = kl_per_dim(run) or [0.0, 0.0]
    largest = sorted(range(len(kl_nats)), key=lambda each: -kl_nats[each])[:2]
    return sorted(largest)


def kl_per_dim(run: runs.Run) -> list[float] | None:
    """Nats of each latent dimension on the held-out images; None until the run is evaluated."""
    if not run.is_complete:
        return None
    return list(run.evaluation().held_out.kl_per_dim_nats)
