"""Encoder and decoder as ONNX: the network's own numbers, inputs that say what they are, and programs that run."""

import dataclasses
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.numpy_helper import to_array
from onnx.reference import ReferenceEvaluator

from tests.vae_core.interchange.exports.hostile_words import HOSTILE
from tests.vae_core.run_samples import finish
from vae_core import build_vae, load_weights, parse_config
from vae_core.architecture.layers import weight_shapes
from vae_core.data.registry import DATASETS
from vae_core.interchange.exports import onnx_pair
from vae_core.interchange.exports.model_card import escaped
from vae_core.runs import Run, RunWriter

ROOT = Path(__file__).parents[4]


def run_of(tmp_path: Path, **settings: Any) -> Run:
    config = parse_config({"dataset": "digits", "hidden_sizes": (3,), **settings})
    return finish(RunWriter.create(config, tmp_path), random_weights_of(config))


def random_weights_of(config: Any) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    shapes = weight_shapes(config, DATASETS["digits"].card)
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(params=["vae", "cvae"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    return run_of(tmp_path, objective=request.param)


def written(run: Run, folder: Path) -> Path:
    folder.mkdir()
    for name, data in onnx_pair.files(run).items():
        (folder / name).write_bytes(data)
    return folder


def test_both_graphs_compute_what_the_torch_model_does(run: Run) -> None:
    model, files = build_vae(run.config, run.card), onnx_pair.files(run)
    load_weights(model, run.weights())
    x, y = torch.rand(100, 1, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(100) % 10
    told = {"label": y.numpy()} if run.config.is_conditional else {}
    known = y if run.config.is_conditional else None
    mu, logvar = ReferenceEvaluator(onnx.load_from_string(files["encoder.onnx"])).run(
        None, {"image": x.numpy(), **told}
    )
    with torch.no_grad():
        q = model.encode(x, known)
        np.testing.assert_allclose(mu, q.mu, rtol=0, atol=1e-5)  # of weights as large as these mu is about 10
        np.testing.assert_allclose(logvar, q.logvar, rtol=0, atol=1e-5)
        decoded = model.image(q.mu, known)
    decoder = ReferenceEvaluator(onnx.load_from_string(files["decoder.onnx"]))
    image, _ = decoder.run(None, {"z": q.mu.numpy(), **told})
    np.testing.assert_allclose(image, decoded, rtol=0, atol=1e-6)


def test_the_graphs_hold_the_weights_byte_for_byte(finished: Run) -> None:
    kept = {}
    for name in ("encoder.onnx", "decoder.onnx"):
        for tensor in onnx.load_from_string(onnx_pair.files(finished)[name]).graph.initializer:
            kept[tensor.name] = to_array(tensor).tobytes()
    weights = finished.weights()
    assert {name: kept[name] for name in weights} == {name: array.tobytes() for name, array in weights.items()}


def test_every_input_and_output_says_what_it_is_and_the_checker_agrees(run: Run) -> None:
    for name in ("encoder.onnx", "decoder.onnx"):
        model = onnx.load_from_string(onnx_pair.files(run)[name])
        onnx.checker.check_model(model, full_check=True)
        assert all("32 (N" in each.doc_string or "64 (N" in each.doc_string for each in model.graph.input)
        assert all(each.doc_string for each in model.graph.output)


class FilesRunBy:
    """As onnxruntime's session, for machines that have none."""

    def __init__(self, path: str) -> None:
        self._evaluator = ReferenceEvaluator(path)

    def run(self, names: list[str], inputs: dict[str, Any]) -> Any:
        return self._evaluator.run(names, inputs)


def test_its_lines_of_python_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(run, tmp_path / "out")
    monkeypatch.chdir(folder)
    if find_spec("onnxruntime") is None:
        runtime = ModuleType("onnxruntime")
        monkeypatch.setattr(runtime, "InferenceSession", FilesRunBy, raising=False)
        monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    exec((folder / "run.py").read_text(encoding="utf-8"), {})
    assert "decoded (1, 1, 8, 8) from" in capsys.readouterr().out
    assert len((folder / "run.py").read_text(encoding="utf-8").splitlines()) <= 10


def test_its_lines_of_javascript_run(run: Run, tmp_path: Path) -> None:
    folder = written(run, tmp_path / "out")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    done = subprocess.run(
        ["node", "run.mjs"], cwd=folder, env={**os.environ, "NODE_OPTIONS": ""}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "decoded [ 1, 1, 8, 8 ] from" in done.stdout
    assert len((folder / "run.mjs").read_text(encoding="utf-8").splitlines()) <= 10


def test_the_words_beside_the_graphs_name_every_input_and_hold_both_programs(run: Run) -> None:
    files = onnx_pair.files(run)
    words = files["README.md"].decode()
    assert files["run.py"].decode() in words
    assert files["run.mjs"].decode() in words
    assert ("- in: `label`, int64" in words) == run.config.is_conditional


def test_a_title_in_the_words_beside_the_graphs_does_nothing(finished: Run) -> None:
    for words in HOSTILE:
        card = dataclasses.replace(finished.card, title=" ".join(words.split()))
        first, _, rest = onnx_pair.files(dataclasses.replace(finished, card=card))["README.md"].decode().partition("\n")
        assert first == f"# {escaped(words)}: encoder and decoder as ONNX"
        assert "document.title" not in rest
