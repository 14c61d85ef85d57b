"""Ask with a brush: how soon the map lights up, how right it is, and how well the hidden half is told.

The map's p(z | visible) at z = 2 is held against a million draws, evenly in the cells of the map where a first look
finds any probability, weighed by the prior and the likelihood of what is visible. The hidden half's nats, −log p(hidden
| visible), are held against what encoding the same image with grey for the hidden half gives: at the posterior's mean,
and as a mixture over draws from it, of which the better counts.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from playwright.sync_api import Browser, Page

from tests.bench.dragging import READ
from tests.bench.report import Figure, p95, single
from tests.e2e.gestures import wait_for_canvas
from tests.e2e.serving import ROOT, Server
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.data import registry
from vae_core.model.networks import build_vae, load_weights

DRAWS = 1_000_000
"""Of all images together, in the cells of the map where there is any probability."""
LEAST_LIKELY = 1e-9
MOST_DECODED = 8192
REACH, COLUMNS = 4.0, 64
AGREE_IMAGES, TOLD_IMAGES = 8, 60
AGREE_BAR, TOLD_BAR = 0.02, 20.0
STROKE_BAR_MS, COMPLETION_BAR_MS = 16.0, 100.0
STROKES, POINTS = 6, 30
Numbers = npt.NDArray[np.float64]


def wide_run(folder: Path, data_dir: str) -> str:
    """The id of a run of twenty latent dimensions on MNIST, made by the command line."""
    settings = {
        **{"dataset": "mnist", "hidden-sizes": 400, "latent-dim": 20, "epochs": 4, "learning-rate": 0.002},
        **{"runs-dir": folder, "data-dir": data_dir},
    }
    given = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "vae_core", "train", *given]
    before = {run.id for run in runs.list_runs(folder)} if folder.is_dir() else set()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = {run.id for run in runs.list_runs(folder)} - before
    return made


def answers(
    run: runs.Run, folder: Path, images: npt.NDArray[np.float32], visible: npt.NDArray[np.bool_], **more: Any
) -> list[dict[str, Any]]:
    """What the canvas's modules say of some images (n, P), see `brush_answers.mjs`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "decoder.onnx").write_bytes(decoder_onnx(run.config, run.weights(), card=run.card))
    (folder / "encoder.onnx").write_bytes(encoder_onnx(run.config, run.weights(), card=run.card))
    images.tofile(folder / "images.f32")
    asked = {
        "folder": str(folder),
        "likelihood": run.config.likelihood,
        "latentDim": run.config.latent_dim,
        "shape": run.card.image_shape,
        "count": len(images),
        "visible": visible.astype(int).tolist(),
        **more,
    }
    done = subprocess.run(
        ["node", "tests/bench/brush_answers.mjs"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        input=json.dumps(asked),
        text=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)["answers"]
    return found


class Draws:
    """Weighted draws of z for one image and what of it is visible, evenly in chosen cells of the map."""

    def __init__(self, run: runs.Run) -> None:
        self.model = build_vae(run.config, card=run.card)
        load_weights(self.model, run.weights())
        self.random = torch.Generator().manual_seed(0)

    def log_masses(self, cells: Numbers, side: int, image: torch.Tensor, visible: torch.Tensor) -> Numbers:
        """The logarithm of each cell's mass, by side × side draws in it, one somewhere in each part: (len(cells),)"""
        parts = torch.cartesian_prod(torch.arange(side), torch.arange(side)).double()  # (side², 2)
        found = []
        for some in torch.from_numpy(cells).split(max(1, MOST_DECODED // side**2)):
            corner = torch.stack([some % COLUMNS, COLUMNS - 1 - some // COLUMNS], dim=1).double()  # (cells, 2)
            within = (parts + torch.rand(len(some), side**2, 2, generator=self.random, dtype=torch.float64)) / side
            z = (2 * (corner[:, None] + within) / COLUMNS - 1).flatten(0, 1) * REACH  # (cells · side², 2)
            with torch.no_grad():
                raw = self.model.decode(z.float()).flatten(1)  # (cells · side², P)
            score = raw @ (image * visible) - torch.nn.functional.softplus(raw) @ visible
            joint = score.double() - 0.5 * z.square().sum(dim=1)
            found.append(joint.view(len(some), -1).logsumexp(dim=1) - 2 * math.log(side))
        return torch.cat(found).numpy()

    def masses(self, image: torch.Tensor, visible: torch.Tensor) -> Numbers:
        """Of the map's cells, twice, by independent draws: (2, COLUMNS²)."""
        everywhere = np.arange(COLUMNS**2)
        rough = self.log_masses(everywhere, 4, image, visible)
        likely = np.exp(rough - rough.max()).reshape(COLUMNS, COLUMNS)
        around = np.max([np.roll(likely, shift, (0, 1)) for shift in product((-1, 0, 1), repeat=2)], axis=0)
        chosen = np.flatnonzero(around.ravel() > LEAST_LIKELY)
        side = max(2, int((DRAWS / AGREE_IMAGES / 2 / len(chosen)) ** 0.5))
        cells = np.zeros((2, COLUMNS**2))
        for turn in (0, 1):
            logs = self.log_masses(chosen, side, image, visible)
            cells[turn, chosen] = np.exp(logs - logs.max())
        return np.asarray(cells / cells.sum(axis=1, keepdims=True))


def agreement(folder: Path, data_dir: Path) -> list[Figure]:
    """Total variation between the map's cells and the draws', with the lower half hidden and with nothing hidden."""
    run = runs.open_run("mnist")
    images = held_out(run, data_dir)[:AGREE_IMAGES]
    half = upper_half(images.shape[1])
    masks = {"lower half hidden": half, "nothing hidden": np.ones_like(half)}
    draws = Draws(run)
    found = []
    for name, mask in masks.items():
        ours = np.array([each["cells"] for each in answers(run, folder / "two", images, mask, withCells=True)])
        visible = torch.from_numpy(mask.astype(np.float32))
        one, other = np.stack([draws.masses(image, visible) for image in torch.from_numpy(images)], axis=1)
        apart = 0.5 * np.abs(ours - (one + other) / 2).sum(axis=1)
        halves = 0.5 * np.abs(one - other).sum(axis=1)
        spread = f"median {np.median(apart):.4f}, n {len(apart)}, halves of the draws {halves.max():.4f} apart"
        found.append(
            single(f"brush, map against 10⁶ draws, {name}, most TV", float(apart.max()), AGREE_BAR, "", spread)
        )
    return found


def held_out(run: runs.Run, data_dir: Path) -> npt.NDArray[np.float32]:
    """Its images (n, P), 0 to 1."""
    images = registry.load(run.card.name, "held-out", data_dir).images
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def upper_half(pixels: int) -> npt.NDArray[np.bool_]:
    """What is visible where the lower half is hidden, of grey images: (P,)"""
    return np.arange(pixels) < pixels / 2


def told(folder: Path, run: runs.Run, data_dir: Path) -> list[Figure]:
    """How much better the hidden half is told than by encoding grey: per cent of the nats."""
    images = held_out(run, data_dir)[:TOLD_IMAGES]
    found = answers(run, folder / run.id, images, upper_half(images.shape[1]), rounds=8)
    ours = float(np.mean([each["hidden"] for each in found]))
    grey = min(float(np.mean([each["grey"][way] for each in found])) for way in (0, 1))
    effective = [each["effective"] for each in found if each["effective"]]
    spread = f"{ours:.1f} nats, grey {grey:.1f}, n {len(found)}"
    spread += f", effective draws: median {np.median(effective):.0f}" if effective else ""
    name = f"brush, hidden half of MNIST, z = {run.config.latent_dim}, better than grey"
    return [Figure(name, 100 * (1 - ours / grey), TOLD_BAR, "%", spread, is_at_least=True)]


def brush(browser: Browser, server: Server, folder: Path, run_id: str, data_dir: Path) -> list[Figure]:
    """All of it; run_id: of the twenty dimensions."""
    figures = strokes(browser, server, "mnist", "brush", STROKE_BAR_MS, "from a stroke's point to the map, z = 2")
    figures += strokes(browser, server, run_id, "completion", COMPLETION_BAR_MS, "from a stroke to completions, z = 20")
    figures += agreement(folder, data_dir)
    for each in ("mnist", run_id):
        figures += told(folder, runs.open_run(each, folder / "runs"), data_dir)
    return figures


def strokes(browser: Browser, server: Server, run_id: str, what: str, bar_ms: float, name: str) -> list[Figure]:
    """Paint loops on a page of which nothing is known, and read the page's own measures."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{server.url}/?run={run_id}")
    wait_for_canvas(page)
    page.wait_for_load_state("networkidle")
    page.get_by_role("tab", name="Encode").click()
    page.get_by_role("button", name="Ask with a brush").click()
    _paint(page, 0)
    page.locator('[data-testid="completions"][data-effective]').wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(f"performance.clearMeasures('{what}')")
    for turn in range(1, STROKES + 1):
        _paint(page, turn)
        page.wait_for_timeout(800)
    samples = [duration for _, duration in page.evaluate(READ, what)]
    context.close()
    return [p95(f"brush, {name}", samples, bar_ms)]


def _paint(page: Page, turn: int) -> None:
    """An arc, somewhere else from turn to turn."""
    pad = page.get_by_test_id("draw-pad").bounding_box()
    assert pad
    for at in range(POINTS + 1):
        x, y = 0.2 + 0.6 * at / POINTS, 0.15 + 0.1 * turn + 0.1 * np.sin(at / 5)
        page.mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"])
        if at == 0:
            page.mouse.down()
    page.mouse.up()
