"""Known factors of a run's images: from columns of its data set to figures, sentences and what the command prints."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.small_runs import trained
from vae_core import runs
from vae_core.cli.main import main
from vae_core.config import parse_config
from vae_core.data.held_out_class import load_seen
from vae_core.evaluation.closer_look import diagnose
from vae_core.evaluation.evaluated_posteriors import posteriors_of
from vae_core.evaluation.told_factors import told_of_factors
from vae_core.health import factor_wording
from vae_core.intake import adding, drawn
from vae_core.intake.pictures import Preparation
from vae_core.runs import Run

TINY = {"hidden_sizes": (8,), "epochs": 1, "batch_size": 60, "device": "cpu", "latent_dim": 3, "dataset": "shapes"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data sets with 120 shapes, of which 60 are held out."""
    root = tmp_path_factory.mktemp("data")
    origin = "drawn shapes 120 0"
    adding.add(drawn.draw("shapes", 120), "Shapes", root, Preparation((8, 8), colour=True), share=0.5, origin=origin)
    return root


@pytest.fixture(scope="module")
def seeds(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Two runs that differ in their seed alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_DATA_DIR", str(data))
        yield [trained(parse_config({**TINY, "seed": seed}), tmp_path_factory.mktemp("runs")) for seed in (0, 1)]


def test_factors_that_pictures_were_drawn_from_are_measured_unasked(seeds: list[Run], data: Path) -> None:
    told = diagnose(seeds[0], data)["factors"]
    assert json.loads(json.dumps(told)) == told, "plain JSON"
    assert told["names"] == ["shape", "size", "angle", "x", "y", "hue"]
    assert np.shape(told["shares"]) == (6, 3)
    assert set(told["ours"]) == set(told["common"]) == set(factor_wording.MEASURES)
    assert [seed["seed"] for seed in told["seeds"]] == [0]
    (draw,) = [line for line in factor_wording.lines(told) if line.startswith("A single draw")]
    assert "seeds matter more than methods" in draw
    assert "1811.12359" in draw


def test_a_code_that_is_the_factors_is_told_by_one_dimension_each(seeds: list[Run], data: Path) -> None:
    assert told_of_factors(seeds[0], posteriors_of(seeds[0], data).means, ["x"], data_root=data)["rows"] == 60
    columns = load_seen(seeds[0].card, "none", "held-out", data).columns
    means = np.stack([columns["y"], columns["shape"]], axis=1).astype(np.float64)
    told = told_of_factors(seeds[0], means, ["shape", "y"], data_root=data)
    assert np.argmax(told["shares"], axis=1).tolist() == [1, 0]


def test_runs_of_other_seeds_are_measured_beside_it_and_their_spread_is_said(
    seeds: list[Run], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["diagnose", str(seeds[0].directory), f"--data-dir={data}", "--factor=x", "--factor=shape"]
    assert main([*words, "--beside", str(seeds[1].directory), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["factors"]
    assert [seed["seed"] for seed in told["seeds"]] == [0, 1]
    assert told["seeds"][0]["ours"] == told["ours"] != told["seeds"][1]["ours"]
    last = factor_wording.lines(told)[-1]
    assert last.startswith("2 runs that differ in their seed alone: MIG 0.")
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "MIG 0." in printed
    assert "(as commonly computed" in printed
    assert "shape: z" in printed


def test_a_column_that_is_no_factor_is_a_note_and_all_else_is_found(seeds: list[Run], data: Path) -> None:
    found = diagnose(seeds[0], data, factors=["file", "x"])
    assert found["factors"] is None
    assert found["kl"]
    assert any(note.startswith("Nothing is said of factors: the column file has") for note in found["notes"])


def test_a_run_without_known_factors_says_nothing_of_them() -> None:
    found = diagnose(runs.open_run("digits"))
    assert found["factors"] is None
    assert found["notes"] == []
