"""Runs that version 0.1.0 made open, evaluate and go on as they did there.

`tests/data/runs_0_1_0` was made by release 0.1.0 itself (its `RunWriter.create` and `train_run`, one thread, digits,
hidden layer 16, two epochs of batches of 256, rows and maps every six steps): `vae-full`, a VAE of a full covariance,
to its end; `beta-vae-halfway`, a β-VAE (β = 2) of a learned σ, stopped before its eighth step of twelve.
`continued.safetensors` and `continued.json` are weights and evaluation after 0.1.0 itself had gone on with a copy of
that one. Equal processors and versions of torch give equal bits; on others, sums are added up in another order.
"""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tests.vae_core.run_samples import files_in
from vae_core import runs
from vae_core.data.registry import CARDS_OF_0_1_0, load
from vae_core.evaluation import evaluate
from vae_core.model.networks import as_tensor, build_vae, load_weights
from vae_core.runs import Run, archives, recovery
from vae_core.worker.publish_schedule import PublishSchedule
from vae_core.worker.training_process import train_run

MADE = Path(__file__).parents[2] / "data/runs_0_1_0"
WEIGHTS = {
    "vae-full": "4c2ee676806b07407d7e794eb622ab3da4b22564a75c1e754ddfea3ed193d876",
    "beta-vae-halfway": "10e79317142be12b0e406a645819209db9948260dedf8566bb911ca121501165",
}
"""SHA-256 of each model.safetensors, as 0.1.0 wrote it."""


@pytest.fixture(params=["vae-full", "beta-vae-halfway"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """A copy of one of the two."""
    return runs.open_directory(Path(shutil.copytree(MADE / request.param, tmp_path / request.param)))


def test_they_open_with_the_card_of_their_data_set_and_are_not_changed_by_that(run: Run) -> None:
    assert run.card == CARDS_OF_0_1_0["digits"]
    run.verify()
    assert (len(run.embedding().mu), len(run.metrics()[0]) > 3) == (297, True)
    assert run.decoder()
    assert run.encoder()
    assert files_in(run.directory) == files_in(MADE / run.id)
    assert hashlib.sha256((run.directory / "model.safetensors").read_bytes()).hexdigest() == WEIGHTS[run.id]


def test_they_evaluate_to_the_numbers_that_0_1_0_wrote_down(run: Run) -> None:
    torch.set_num_threads(1)
    held_out = load("digits", "held-out")
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    again = asdict(evaluate(model, torch.from_numpy(held_out.images), as_tensor(held_out.labels)))
    written = json.loads((run.directory / "evaluation.json").read_bytes())["held-out"]
    assert again.keys() == written.keys() | {"idle_kl_nats"}, "which is recorded since"
    for name, value in written.items():
        assert again[name] == (value if value is None else pytest.approx(value, rel=1e-6)), name


def test_the_one_that_was_stopped_goes_on_as_0_1_0_would_have(tmp_path: Path) -> None:
    directory = Path(shutil.copytree(MADE / "beta-vae-halfway", tmp_path / "beta-vae-halfway"))
    status = train_run(recovery.reopen(directory), schedule=PublishSchedule.by_steps(6), resume=True)
    assert (status.state, status.step) == ("finished", 12)
    assert not (directory / "data.json").exists()
    expected, got = load_file(MADE / "continued.safetensors"), runs.open_directory(directory).weights()
    assert expected.keys() == got.keys()
    for name, weight in expected.items():
        np.testing.assert_allclose(got[name], weight, rtol=1e-4, atol=1e-6, err_msg=name)
    written = json.loads((MADE / "continued.json").read_bytes())["held-out"]
    assert runs.open_directory(directory).evaluation().held_out.negative_elbo_nats == pytest.approx(
        written["negative_elbo_nats"], rel=1e-5
    )


def test_they_travel_in_archives(run: Run, tmp_path: Path) -> None:
    copy = runs.open_run(archives.import_zip(archives.export_zip(run), tmp_path / "there"), tmp_path / "there")
    assert (copy.config, copy.card) == (run.config, run.card)
    assert all(np.array_equal(weight, copy.weights()[name]) for name, weight in run.weights().items())
