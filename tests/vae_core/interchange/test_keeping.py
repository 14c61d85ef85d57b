"""A model from elsewhere as a run: opened, sent and taken in again, and honest about what is not known of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from tests.vae_core.interchange import foreign
from vae_core import runs
from vae_core.cli.main import main
from vae_core.errors import ModelRefused, RunMissing
from vae_core.interchange.incoming import asking, keeping
from vae_core.interchange.incoming.keeping import Source
from vae_core.runs import archives, recovery
from vae_core.runs.listing import index_of


@pytest.fixture(scope="module")
def source() -> Source:
    """For pictures like the digits', 8 × 8."""
    models = {"decoder.onnx": foreign.torch_mlp(8), "encoder.onnx": foreign.torch_encoder(side=8)}
    return Source({name: model.SerializeToString() for name, model in models.items()}, {})


@pytest.fixture(scope="module")
def run(source: Source, tmp_path_factory: pytest.TempPathFactory) -> runs.Run:
    root = tmp_path_factory.mktemp("runs")
    proposal = asking.propose(source.files, source.told)
    assert "digits" in [card.name for card in keeping.fitting_data_sets(proposal.model)]
    return runs.open_run(keeping.keep(source, proposal, "Theirs", "digits", root), root)


def test_a_kept_model_is_a_run_with_the_map_of_a_data_set(run: runs.Run) -> None:
    embedding = run.embedding()
    assert len(embedding.mu) == run.card.held_out_size
    assert embedding.labels is not None
    assert run.imported is not None
    assert run.imported.images == len(embedding.mu)
    assert run.imported.mean_squared_error is not None
    kl = 0.5 * (np.square(embedding.mu) + np.exp(embedding.logvar) - embedding.logvar - 1).mean(axis=0)
    np.testing.assert_allclose(run.imported.kl_per_dim_nats, kl, rtol=1e-4)
    assert run.decoder()
    assert run.encoder()


def test_what_needs_a_likelihood_says_that_none_is_known(run: runs.Run) -> None:
    with pytest.raises(RunMissing, match="its likelihood is not known"):
        run.evaluation()
    with pytest.raises(RunMissing, match="whose likelihood is not known"):
        recovery.extended_config(run, 1, {})


def test_it_goes_out_as_an_archive_and_comes_in_again_the_same(run: runs.Run, tmp_path: Path) -> None:
    again = runs.open_run(archives.import_zip(archives.export_zip(run), tmp_path), tmp_path)
    assert again.decoder() == run.decoder()
    assert again.imported == run.imported
    before, after = run.weights(), again.weights()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before.keys() | after.keys())


def test_the_list_of_runs_does_not_take_it_for_damaged(run: runs.Run) -> None:
    (entry,) = index_of(run.directory.parent).entries()
    assert entry.is_complete
    assert not entry.is_damaged


def test_without_an_encoder_there_is_a_model_without_points(tmp_path: Path) -> None:
    data = foreign.conditional(TensorProto.INT64).SerializeToString()
    source = Source({"decoder.onnx": data}, {})
    kept = runs.open_run(keeping.keep(source, asking.propose(source.files, {}), "", root=tmp_path), tmp_path)
    assert kept.card.classes == ("0", "1", "2")
    assert kept.config.is_conditional
    assert len(kept.embedding().mu) == 0
    assert kept.decoder()
    with pytest.raises(ModelRefused, match="without an encoder"):
        keeping.keep(source, asking.propose(source.files, {}), "", "digits", root=tmp_path)


def test_the_command_line_asks_what_the_files_leave_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flat.onnx"
    file.write_bytes(foreign.flat_logits().SerializeToString())
    command = ["import", str(file), "--runs-dir", str(tmp_path / "runs")]
    assert main(command) == 2
    assert "--say 'range=logits'" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    assert main([*command, "--say", "range=logits"]) == 0
    assert len(list((tmp_path / "runs").iterdir())) == 1
