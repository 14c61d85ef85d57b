"""Known factors while a model is learnt: MIG and DCI in held-out rows, of data that has factors and of no other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.any_data_sets import SOURCES
from tests.vae_core.small_runs import trained
from vae_core.config import parse_config
from vae_core.evaluation.disentanglement import measure_disentanglement
from vae_core.intake import adding, drawn
from vae_core.intake.pictures import Preparation
from vae_core.runs import Embedding
from vae_core.worker.factor_probe import FIRST_S, FactorProbe

SHAPES = replace(SOURCES["unlabelled"].card, origin="drawn shapes 300 0")
COLUMNS = {name: np.random.default_rng(nth).integers(0, 5, 300).astype(np.float32) for nth, name in enumerate("xyz")}


def embedding_of(mu: np.ndarray) -> Embedding:
    index = np.arange(len(mu), dtype=np.int32)
    return Embedding(mu.astype(np.float32), -mu.astype(np.float32), None, index, "held-out", 3)


def test_figures_are_those_of_a_closer_look() -> None:
    mu = np.stack([COLUMNS["y"], COLUMNS["x"] + np.random.default_rng(9).normal(size=300)], axis=1)
    known = np.stack([COLUMNS["x"], COLUMNS["y"]], axis=1)
    whole = measure_disentanglement(mu, known, ["discrete"] * 2).ours
    found = FactorProbe(SHAPES, COLUMNS).figures(embedding_of(mu))
    assert found == {
        "mig": pytest.approx(whole.mig, abs=0.01),
        "dci": pytest.approx(whole.dci_disentanglement, abs=0.05),  # whose rows are halved in another order
    }


def test_the_first_figures_wait_and_the_next_until_they_cost_a_fifteenth() -> None:
    probe = FactorProbe(SHAPES, COLUMNS)
    assert not probe.is_due(FIRST_S - 1, is_last=False)
    assert probe.is_due(0.0, is_last=True)
    assert probe.is_due(FIRST_S, is_last=False)
    probe.measured(FIRST_S, 2.0)
    assert not probe.is_due(FIRST_S + 27, is_last=False)
    assert probe.is_due(FIRST_S + 28, is_last=False)


def test_without_known_factors_nothing_is_ever_due() -> None:
    probe = FactorProbe(SOURCES["unlabelled"].card, COLUMNS)
    assert not probe.is_due(1e9, is_last=True)


def test_of_too_few_images_nothing_is_said() -> None:
    assert FactorProbe(SHAPES, COLUMNS).figures(embedding_of(np.zeros((20, 2)))) == {}


def test_the_last_held_out_row_of_a_run_on_shapes_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    origin, small = "drawn shapes 120 0", Preparation((8, 8), colour=True)
    adding.add(drawn.draw("shapes", 120), "Shapes", tmp_path / "data", small, share=0.5, origin=origin)
    settings = {"hidden_sizes": (8,), "epochs": 1, "batch_size": 30, "device": "cpu", "dataset": "shapes"}
    run = trained(parse_config(settings), tmp_path / "runs")
    last = [row for row in run.metrics()[0] if row["split"] == "held-out"][-1]
    assert last["step"] == run.step
    assert 0 <= last["mig"] <= 1
    assert 0 <= last["dci"] <= 1
