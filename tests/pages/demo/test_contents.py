"""What the one-file demo holds of a run, read back by the browser's own modules."""

import json
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from pages.ui.demo import checking, graphs
from pages.ui.demo import contents as demo_contents
from pages.ui.demo.contents import PIXEL_BOUND, POSTERIOR_BOUND, contents
from pages.ui.demo.document import as_json
from pages.ui.demo.packing import packed
from tests.pages.node import answer_of_node
from tests.vae_core.run_samples import small_config
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.data import registry
from vae_core.errors import RunError, RunMissing, ShapeMismatch
from vae_core.runs import Run, RunWriter

Z = [[0.0, 0.0], [1.5, -0.75], [-2.0, 2.0]]


def small_run(**settings: Any) -> Run:
    return trained(digits(**settings), runs.runs_root())


def answers(run: Run, *questions: dict[str, Any], label: int | None = None) -> list[Any]:
    """What the file says of a run."""
    found = contents(run, label=label)
    parts = {name: packed(data) for name, data in {**found.blobs, "facts": as_json(found.facts)}.items()}
    answer: list[Any] = answer_of_node("demo_answers.mjs", {"parts": parts, "questions": list(questions)})
    return answer


def asking_decoder(
    path: str = "decoder/0", *, z: list[list[float]] | None = None, outputs: list[str] | None = None
) -> Any:
    z = z or Z
    data = [value for row in z for value in row]
    return {
        "path": path,
        "kind": "graph",
        "input": "z",
        "dims": [len(z), len(z[0])],
        "data": data,
        "outputs": outputs or ["image"],
    }


def computed(model: bytes, **inputs: Any) -> dict[str, Any]:
    evaluator = ReferenceEvaluator(onnx.load_from_string(model))
    fed = {name: np.asarray(value, np.float32) for name, value in inputs.items()}
    return dict(zip(evaluator.output_names, evaluator.run(None, fed), strict=True))


@pytest.mark.parametrize(
    "settings",
    [
        {"likelihood": "bernoulli"},
        {"likelihood": "continuous-bernoulli", "activation": "relu"},
        {"likelihood": "discretised-logistic", "posterior": "full"},
        {"architecture": "conv", "channels": (4, 8), "likelihood": "gaussian"},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_decoder_and_encoder_compute_what_the_run_does_within_their_bounds(settings: dict[str, Any]) -> None:
    run = small_run(**settings)
    image = registry.images_of(run.card, "held-out").images[:3].astype(np.float32) / 255
    encoder = computed(encoder_onnx(run.config, run.weights(), card=run.card), image=image)
    asking = {
        "path": "encoder/0",
        "kind": "graph",
        "input": "image",
        "dims": list(image.shape),
        "data": image.ravel().tolist(),
        "outputs": list(encoder),
    }
    decoder = computed(decoder_onnx(run.config, run.weights(), card=run.card), z=Z)
    decoded, encoded = answers(run, asking_decoder(outputs=list(decoder)), asking)
    assert np.abs(np.array(decoded["image"]) - decoder["image"].ravel()).max() <= PIXEL_BOUND
    assert decoded.keys() == decoder.keys()
    for name in ("mu", "logvar"):
        assert np.abs(np.array(encoded[name]) - encoder[name].ravel()).max() <= POSTERIOR_BOUND
    assert encoded.keys() == encoder.keys()


def test_an_epochs_decoder_is_what_was_kept_of_it() -> None:
    run = small_run(epochs=3)
    listed, first, zeroth = answers(
        run,
        {"path": "snapshots", "kind": "json"},
        asking_decoder("snapshots/2/decoder"),
        asking_decoder("snapshots/0/decoder"),
    )
    assert [moment["epoch"] for moment in listed["snapshots"]] == [0, 1, 2]
    for epoch, answer in ((2, first), (0, zeroth)):
        weights, _ = run.snapshot(epoch)
        expected = computed(decoder_onnx(run.config, weights, card=run.card), z=Z)["image"]
        assert np.abs(np.array(answer["image"]) - expected.ravel()).max() <= 2 * PIXEL_BOUND


def test_points_and_posteriors_are_the_maps_own() -> None:
    run = small_run(latent_dim=3)
    points, posteriors, past = answers(
        run,
        {"path": "points/12?dims=2,0", "kind": "points"},
        {"path": "embedding/12", "kind": "embedding"},
        {"path": "snapshots/1/points?dims=0,1", "kind": "points"},
    )
    embedding = run.embedding()
    assert points["isComplete"]
    np.testing.assert_allclose(points["x"], embedding.mu[:, 2], atol=2e-4)
    np.testing.assert_allclose(points["y"], embedding.mu[:, 0], atol=2e-4)
    np.testing.assert_allclose(np.reshape(posteriors["mu"], (-1, 3)), embedding.mu, atol=2e-4)
    np.testing.assert_allclose(np.reshape(posteriors["logvar"], (-1, 3)), embedding.logvar, atol=0.02)
    assert embedding.labels is not None
    assert points["labels"] == posteriors["labels"] == embedding.labels.tolist()
    assert points["index"] == posteriors["index"] == embedding.index.tolist()
    _, earlier = run.snapshot(1)
    assert past["index"] == earlier.index.tolist()
    np.testing.assert_allclose(past["x"], earlier.mu[:, 0], atol=2e-3)


def test_real_images_are_the_data_sets_own_and_one_that_is_not_held_is_no_picture() -> None:
    run = small_run()
    first, missing = answers(
        run,
        {"path": "thumbnails?numbers=5,0", "kind": "bytes"},
        {"path": "thumbnails?numbers=5,99999", "kind": "bytes"},
    )
    real = registry.images_of(run.card, "held-out").images
    assert first == real[[5, 0]].ravel().tolist()
    assert missing == {"error": "This file holds no picture of that image."}


def test_a_conditional_model_decodes_and_encodes_for_each_class() -> None:
    run = small_run(objective="cvae")
    got = answers(run, asking_decoder("decoder/12?label=7"), asking_decoder("decoder/12"), label=2)
    for answer, label in zip(got, (7, 2), strict=True):
        expected = computed(decoder_onnx(run.config, run.weights(), label, card=run.card), z=Z)["image"]
        assert np.abs(np.array(answer["image"]) - expected.ravel()).max() <= 3 * PIXEL_BOUND


def test_a_map_without_points_and_an_encoder_that_never_came_are_no_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_encoder(*_: object, **__: object) -> bytes:
        raise ShapeMismatch("this model came without an encoder")

    run = small_run()
    nothing = runs.Embedding(
        np.empty((0, 2), np.float32), np.empty((0, 2), np.float32), None, np.empty(0, np.int32), "held-out", run.step
    )
    monkeypatch.setattr(demo_contents, "encoder_onnx", without_encoder)
    monkeypatch.setattr(Run, "embedding", lambda *_: nothing)
    points, encoder = answers(
        run, {"path": "points/12?dims=0,1", "kind": "points"}, {"path": "encoder/12", "kind": "bytes"}
    )
    assert points["isComplete"]
    assert points["x"] == []
    assert encoder == {"error": "This model came without an encoder."}


def test_a_run_without_a_model_is_not_exported() -> None:
    writer = RunWriter.create(small_config())
    with pytest.raises(RunMissing, match="has no trained model yet, so there is nothing to export"):
        contents(runs.open_run(writer.run_id))


def test_a_graph_of_other_operators_is_refused_by_name() -> None:
    node = onnx.helper.make_node("LSTM", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "other", [], [])
    with pytest.raises(RunError, match="do not include LSTM"):
        graphs.read(onnx.helper.make_model(graph).SerializeToString())


def graph_of_pairs(operator: str, *others: str, **attributes: Any) -> bytes:
    """An operator on z (N, 4) as pairs (N, 2, 2), which give the image."""
    nodes = [
        onnx.helper.make_node("Reshape", ["z", "shape"], ["pairs"]),
        onnx.helper.make_node(operator, ["pairs", *others], ["turned"], **attributes),
        onnx.helper.make_node("Reshape", ["turned", "shape"], ["image"]),
    ]
    numbers = {"shape": np.array([-1, 2, 2]), "order": np.array([1, 0])}
    constants = [onnx.numpy_helper.from_array(each, name) for name, each in numbers.items()]
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("z", "image")]
    graph = onnx.helper.make_graph(nodes, "pairs", values[:1], values[1:], constants)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def test_what_the_file_would_compute_otherwise_is_found_before_it_leaves() -> None:
    inputs = {"z": np.arange(8, dtype=np.float32).reshape(2, 4)}
    turned = graph_of_pairs("Transpose", perm=(0, 2, 1))
    checking.check(turned, graphs.kept(turned, 12), inputs, "image", 0.05)
    swapped = graph_of_pairs("Gather", "order", axis=2)
    with pytest.raises(RunError, match="do not compute this model as it is meant"):
        checking.check(swapped, graphs.kept(swapped, 12), inputs, "image", 0.05)


def test_the_facts_are_plain_json() -> None:
    json.loads(as_json(contents(runs.open_run("digits")).facts), parse_constant=pytest.fail)
