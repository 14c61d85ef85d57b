"""What the browser knows of Python's side: constants, patterns of the URL, addresses, types of what is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pages.ui import routes
from pages.ui.address import comparison, positions, state
from pages.ui.components import drop_zone, mask_brush, run_data
from pages.ui.components.latent_canvas import canvas_data
from pages.ui.components.linked_maps import linked_data
from pages.ui.contract import writing
from pages.ui.draw import charts, palette
from pages.ui.server import artifacts, assets, images, map_fits, map_points, run_health, urls
from vae_core.architecture import layers
from vae_core.data import columns
from vae_core.data.statistics import DataFacts
from vae_core.health import checks_latent, evidence, verdict
from vae_core.latent import aggregate_posterior, mixtures
from vae_core.runs import records

FILE = Path(__file__).parents[1] / "browser/lib/contract.mjs"
_HEAD = """/**
 * What Python and the browser both know. Made by `make contract` from the Python that each entry names.
 */
"""
_ADDRESS = """
/** @param {string} path @param {Record<string, string | number | null | undefined>} [query] null: not asked */
function withQuery(path, query = {}) {
  const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return asked.length ? `${path}?${asked.map(([name, value]) => `${name}=${value}`).join("&")}` : path;
}

/** What lies below a run's address (`RunRef`'s base): `pages.ui.server.urls.RUN_ROUTES`. */
export const runAddress = {
"""

CONSTANTS = [
    writing.constant(records, "FINAL", "FINAL_STATES"),
    writing.constant(aggregate_posterior, "HOLE_NATS"),
    writing.constant(layers, "POINT_LOGVAR"),
    writing.constant(checks_latent, "COLLAPSED_KL", "INACTIVE_NATS"),
    writing.constant(evidence, "EARLY_SHARE"),
    writing.constant(mixtures, "MOST_COMPONENTS"),
    writing.constant(canvas_data, "INK_SHARE"),
    writing.constant(charts, "NAMES", "SETTING_NAMES"),
    writing.constant(artifacts, "POSTERIOR_BYTES"),
    writing.constant(images, "MOST_IMAGES", "MOST_IMAGES_PER_REQUEST"),
    writing.constant(positions, "DECIMALS"),
    writing.constant(positions, "LIMIT", "FARTHEST"),
    writing.constant(state, "MOST_HANDLES"),
    writing.constant(state, "LONGEST_NAME"),
    writing.constant(state, "FEWEST_CORNERS"),
    writing.constant(state, "MOST_CORNERS"),
    writing.constant(state, "SHOWN"),
    writing.constant(state, "OPTIONS", "OPTION_PATTERNS"),
    writing.constant(assets, "PLOTLY"),
    writing.constant(assets, "GIFENC"),
    writing.constant(assets, "RUNTIME"),
]
WORDS: dict[Any, str] = {
    records.State: "RunState",
    records.RowKind: "RowKind",
    state.Shown: "Shown",
    urls.Split: "Split",
    urls.PointsPlane: "PointsPlane",
    canvas_data.Plane: "MapPlane",
    canvas_data.HeightKind: "HeightKind",
    columns.ColumnKind: "ColumnKind",
    linked_data.Mode: "LinkMode",
    verdict.Mood: "Mood",
}
RECORDS: dict[Any, str] = {
    records.Status: "StatusRecord",
    routes.InLine: "InLine",
    verdict.Change: "Change",
    verdict.Verdict: "VerdictRecord",
    run_health.Coloured: "Coloured",
    artifacts.Moment: "Moment",
    map_points.PointsRanges: "PointsRanges",
    map_points.PointsHeader: "PointsHeader",
    columns.ListedColumn: "ListedColumn",
    columns.ColumnHeader: "ColumnHeader",
    map_fits.HoleShares: "HoleShares",
    map_fits.Mixture: "Mixture",
    palette.Shade: "Shade",
    palette.Shades: "Shades",
    palette.Look: "Look",
    state.HandleState: "HandleState",
    state.HandlesState: "HandlesState",
    comparison.CursorState: "CursorState",
    comparison.CursorReport: "CursorReport",
    run_data.RunRef: "RunRef",
    run_data.CommonData: "CommonData",
    canvas_data.Replay: "Replay",
    canvas_data.HeightsChoice: "HeightsChoice",
    canvas_data.CanvasData: "CanvasData",
    run_data.Settings: "Settings",
    run_data.CurvesData: "CurvesData",
    linked_data.LinkedModel: "LinkedModel",
    linked_data.LinkedData: "LinkedData",
    drop_zone.DropData: "DropData",
    drop_zone.Received: "Received",
    mask_brush.MaskData: "MaskData",
}
NAMES = WORDS | RECORDS | {DataFacts: "Record<string, number>"}
TYPES = [
    "\n".join(writing.alias(name, hint, NAMES) for hint, name in WORDS.items()),
    *(writing.record(name, kind, NAMES) for kind, name in RECORDS.items()),
    writing.joined("Status", "StatusRecord", "InLine"),
    writing.joined("Verdict", "VerdictRecord", "Coloured"),
    writing.columns("MetricsRow", records.COLUMNS, ("split", "step"), NAMES),
]
ADDRESSES = [writing.address(name, route.path, route.query, NAMES) for name, route in urls.RUN_ROUTES.items()]


def text() -> str:
    """All of contract.mjs."""
    parts = [_HEAD, "\n\n".join(TYPES) + "\n", *(f"{each}\n" for each in CONSTANTS)]
    return "\n".join(parts) + _ADDRESS + "\n".join(ADDRESSES) + "\n};\n"
