"""What a trained model is used for: from the command to the verdict, noise called noise, and two ways to be foreign."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.report import Figure, single
from tests.e2e.serving import ROOT
from tests.vae_core.apply import noise
from vae_core.apply.parts import PARTS

TIMES = 20
SHAPES = "shapes-28"
SCORES = ("−ELBO", "−log p(x)", "Typicality", "Complexity-corrected")


def applied(data_dir: Path) -> list[Figure]:
    """All of them: 10 minutes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "data").mkdir()
        (folder / "data/MNIST").symlink_to((data_dir / "MNIST").resolve())
        return [*verdicts(folder), *both_ways(folder), *nothing_found(folder)]


def verdicts(folder: Path) -> list[Figure]:
    """Each part on MNIST with its usual settings, a process of its own, as the page starts it."""
    figures = []
    for part in PARTS:
        begun = time.perf_counter()
        found = _applied(folder, part, "mnist")
        name = f"apply {part} on MNIST, until the verdict"
        figures.append(single(name, time.perf_counter() - begun, 60.0, "s", found["verdict"]["sentence"][:60]))
    return figures


def both_ways(folder: Path) -> list[Figure]:
    """Shapes against digits and digits against shapes, and digits against the ones, which training never saw."""
    _vae_core(folder, "data", "draw", "shapes", "--count", "12000", "--size", "28", "--grey", "--name", SHAPES)
    shapes = _trained(folder, "--dataset", SHAPES, "--latent-dim", "10", "--epochs", "10")
    without_ones = _trained(
        folder, "--dataset", "mnist", "--left-out-class", "1", "--latent-dim", "10", "--epochs", "3"
    )
    return [
        *_aurocs("shapes against digits", _applied(folder, "anomalies", shapes, "--against=data-mnist"), 0.95),
        *_aurocs("digits against shapes", _applied(folder, "anomalies", "mnist", f"--against=data-{SHAPES}"), 0.95),
        *_aurocs("digits against ones", _applied(folder, "anomalies", without_ones, "--against=left-out"), None),
    ]


def nothing_found(folder: Path) -> list[Figure]:
    """Pure noise, and labels dealt out at random: how often a part says so."""
    figures = []
    for part in noise.SETTINGS:
        kinds = noise.verdicts(part, TIMES, folder / "runs")
        said = kinds.count("chance")
        spread = ", ".join(sorted(set(kinds)))
        figures.append(
            Figure(f"{part} on noise, no better than chance", said, TIMES, "times", spread, is_at_least=True)
        )
    return figures


def _aurocs(name: str, found: dict[str, Any], bar: float | None) -> list[Figure]:
    values = {
        row["method"]: row["figures"]["auroc"]
        for row in found["rows"]
        if row["role"] == "ours" and row["method"] in SCORES
    }
    figures = [
        Figure(f"{name}, AUROC by {each}", float(np.mean(of)), None, "", f"{min(of):.3f} to {max(of):.3f} over folds")
        for each, of in values.items()
    ]
    best = max(values, key=lambda each: float(np.mean(values[each])))
    return [*figures, Figure(f"{name}, best", float(np.mean(values[best])), bar, "", best, is_at_least=True)]


def _trained(folder: Path, *settings: str) -> str:
    return str(json.loads(_vae_core(folder, "train", *settings, "--runs-dir", str(folder / "runs"), "--json"))["run"])


def _applied(folder: Path, part: str, run: str, *settings: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_vae_core(folder, "apply", part, run, *settings, "--json"))
    return found


def _vae_core(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "vae_core", *words]
    environment = {**os.environ, "VAE_DATA_DIR": str(folder / "data")}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1] if done.stdout else ""
