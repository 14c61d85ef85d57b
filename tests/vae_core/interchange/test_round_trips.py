"""Out by a format and in again: the same pictures; and what goes out of a model that came from elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from onnx import load_from_string
from onnx.reference import ReferenceEvaluator

from tests.vae_core.interchange import foreign
from vae_core import runs
from vae_core.config import options
from vae_core.errors import RunMissing
from vae_core.interchange.exports import formats, pictures, tables
from vae_core.interchange.incoming import asking, keeping
from vae_core.interchange.incoming.keeping import Source
from vae_core.runs import Run, archives


def taken_in(files: dict[str, bytes], root: Path, **told: str) -> Run:
    source = Source({name: data for name, data in files.items() if not name.startswith(("run.", "README"))}, told)
    return runs.open_run(keeping.keep(source, asking.propose(source.files, source.told), "Again", root=root), root)


def drawn(run: Run, z: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # within the evaluator's sigmoid
        image, *_ = ReferenceEvaluator(load_from_string(run.decoder())).run(["image"], {"z": z})
    return np.asarray(image)


def encoded(run: Run, x: np.ndarray) -> list[np.ndarray]:
    with np.errstate(over="ignore"):
        return list(ReferenceEvaluator(load_from_string(run.encoder())).run(["mu", "logvar"], {"image": x}))


@pytest.mark.parametrize("name", ["hugging-face", "onnx"])
def test_what_went_out_comes_in_again_and_draws_and_encodes_the_same(name: str, tmp_path: Path) -> None:
    run = runs.open_run("digits")
    again = taken_in(formats.format_of(name).make(run), tmp_path)
    generator = np.random.default_rng(0)
    z, x = generator.normal(size=(100, 2)).astype(np.float32), generator.random((20, 1, 8, 8), dtype=np.float32)
    np.testing.assert_allclose(drawn(again, z), drawn(run, z), rtol=0, atol=1e-6)
    for ours, theirs in zip(encoded(run, x), encoded(again, x), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5)


def test_our_own_layout_comes_in_again_with_its_likelihood(tmp_path: Path) -> None:
    run = runs.open_run("digits")
    again = taken_in(formats.format_of("hugging-face").make(run), tmp_path)
    assert again.config.likelihood == run.config.likelihood
    assert again.imported is not None
    assert again.imported.likelihood == options.TITLES["likelihood"][run.config.likelihood]
    with pytest.raises(RunMissing, match="was not measured here"):
        again.evaluation()


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    models = {"decoder.onnx": foreign.torch_mlp(8), "encoder.onnx": foreign.torch_encoder(side=8)}
    return taken_in({name: each.SerializeToString() for name, each in models.items()}, tmp_path_factory.mktemp("runs"))


def test_a_model_from_elsewhere_goes_out_in_what_needs_no_training_here(
    theirs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "SIDE", 2)
    offered = formats.of(theirs)
    assert {"archive", "onnx", "embedding-csv", "grid-png", "traversal-gif", "tensorboard"} <= offered.keys()
    for name in offered.keys() - {"demo"}:
        assert formats.packed(theirs, name)


@pytest.mark.parametrize("name", ["hugging-face", "state-dict", "curves-csv"])
def test_what_needs_one_says_so_and_names_the_others(name: str, theirs: Run) -> None:
    with pytest.raises(RunMissing, match="was made elsewhere; choose one of archive, demo, onnx"):
        formats.packed(theirs, name)


def test_curves_of_nothing_are_refused(theirs: Run) -> None:
    with pytest.raises(RunMissing, match="has no metrics"):
        tables.curves(theirs)


@pytest.mark.parametrize("name", ["hugging-face", "archive", "state-dict"])
def test_weights_that_went_out_come_in_again_byte_for_byte(name: str, tmp_path: Path) -> None:
    run = runs.open_run("digits")
    weights = run.weights()
    if name == "archive":
        again = runs.open_run(archives.import_zip(formats.packed(run, name), tmp_path), tmp_path).weights()
    else:
        again = taken_in(formats.format_of(name).make(run), tmp_path).weights()
    expected = {each.tobytes() for each in weights.values()}
    assert expected <= {each.tobytes() for each in again.values()}
    if name != "state-dict":  # whose settings are not known: its layers are a program's constants
        assert again.keys() == weights.keys()
