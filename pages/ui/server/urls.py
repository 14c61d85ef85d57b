"""The addresses of what we serve, as seen from a page.

All pages lie side by side, so an address without a leading slash leads there from each of them, whatever stands before:
a proxy may strip a prefix that the server never sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from streamlit import config

from pages.ui.server import assets

Split = Literal["held-out", "all"]
"""Of which images a map's points are, and the numbers of real ones."""
PointsPlane = Literal["dims", "pca"]
"""What a map's points are sent on: latent dimensions, or the first two principal components."""


def base_path() -> str:
    """Where the server lives below the host, from server.baseUrlPath: '' or '/prefix'."""
    prefix = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""


def asset_base() -> str:
    """The address under which every asset lies, with its version: 'studio/assets/<version>/'."""
    return f"studio/assets/{assets.version()}/"


def run_base(run_id: str) -> str:
    """The address under which everything about one run lies: 'studio/runs/<id>/'."""
    return f"studio/runs/{run_id}/"


INCOMING = "studio/incoming"
"""Where pictures are sent to."""


@dataclass(frozen=True)
class RunRoute:
    """path: below a run's address, as Starlette writes it. query: what may be asked besides, with its type."""

    path: str
    query: Mapping[str, Any] = field(default_factory=dict)


_LABEL = {"label": int | None}
_PLANE = {"plane": PointsPlane | None, "dims": str | None}
RUN_ROUTES = {
    "status": RunRoute("status"),
    "metrics": RunRoute("rows", {"offset": int}),  # "metrics" is what ad blockers take for a tracker
    "verdict": RunRoute("verdict"),
    "decoder": RunRoute("decoder/{step:int}", _LABEL),
    "encoder": RunRoute("encoder/{step:int}", _LABEL),
    "embedding": RunRoute("embedding/{step:int}", {"split": Split | None}),
    "points": RunRoute("points/{step:int}", {"split": Split | None, **_PLANE}),
    "images": RunRoute("images"),
    "thumbnails": RunRoute("thumbnails", {"numbers": str, "split": Split | None}),
    "columns": RunRoute("columns"),
    "column": RunRoute("column", {"name": str, "split": Split | None}),
    "snapshots": RunRoute("snapshots"),
    "snapshot_decoder": RunRoute("snapshots/{epoch:int}/decoder", _LABEL),
    "snapshot_encoder": RunRoute("snapshots/{epoch:int}/encoder", _LABEL),
    "snapshot_embedding": RunRoute("snapshots/{epoch:int}/embedding"),
    "snapshot_points": RunRoute("snapshots/{epoch:int}/points", _PLANE),
    "lattice": RunRoute("lattice.png", {"step": int}),
    "layout": RunRoute("layout/tsne"),
    "mixture": RunRoute("mixture", {"components": int}),
}
"""What lies below a run's address, by the name that the browser knows it under."""
