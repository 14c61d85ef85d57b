"""Decoders and encoders as ONNX, from many hands: what they mean is seen or asked, and they draw what they should."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import ModelProto, TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch.nn import functional

from tests.pages.node import answer_of_node
from tests.vae_core.interchange import foreign
from vae_core.architecture.imported_model import imported_decoder_onnx, imported_model_in
from vae_core.errors import ModelRefused, ShapeMismatch
from vae_core.interchange.incoming import understanding
from vae_core.interchange.incoming.decoders import probes
from vae_core.interchange.incoming.understanding import Understood

SHAPES: dict[str, tuple[ModelProto, dict[str, str]]] = {
    "torch, any number of rows": (foreign.torch_mlp(), {}),
    "torch, exported for one row": (foreign.torch_mlp(rows=1), {}),
    "bytes for a canvas, without rows": (foreign.rgba_without_rows(), {}),
    "told a one-hot class": (foreign.conditional(), {}),
    "told a class by its number": (foreign.conditional(TensorProto.INT64), {}),
    "keras, channels last, colours": (foreign.keras_colour(), {}),
    "tanh, latents of rank four, opset 9, one row": (foreign.tanh_of_one(), {}),
    "tanh, latents of rank four, opset 9, ten rows": (foreign.tanh_of_one(10), {}),
    "flat logits": (foreign.flat_logits(), {"range": "logits"}),
}


def understood(*models: ModelProto, **told: str) -> Understood:
    names = ("decoder.onnx", "encoder.onnx")
    files = {name: each.SerializeToString() for name, each in zip(names, models, strict=False)}
    return understanding.understand(files, told)


def by_its_maker(model: ModelProto, z: np.ndarray[Any, Any], label: int) -> np.ndarray[Any, Any]:
    """What the graph itself says of one z, as a picture (C, H, W) from 0 to 1, by hand for each maker."""
    value = model.graph.input[0]
    sizes = [each.dim_value for each in value.type.tensor_type.shape.dim]
    rows = sizes[0] or 1
    given: dict[str, Any] = {value.name: np.repeat(z.reshape(1, *sizes[1:]), rows, axis=0)}
    if len(model.graph.input) > 1:
        is_row = model.graph.input[1].type.tensor_type.elem_type == TensorProto.FLOAT
        given["label"] = np.eye(3, dtype=np.float32)[[label]] if is_row else np.array([label])
    if value.name == "noise":
        return by_torch(model, z)
    evaluator: Any = ReferenceEvaluator(model)
    (made,) = evaluator.run(None, given)
    name = model.graph.output[0].name
    if name == "pixels":
        return made[..., 0][None] / np.float32(255)
    return {
        "image": lambda: made[0],
        "conv2d": lambda: made[0].transpose(2, 0, 1),
        "x_logits": lambda: 1 / (1 + np.exp(-made[0].reshape(1, 6, 6))),
    }[name]()


def by_torch(model: ModelProto, z: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """onnx's own evaluator trains the batch normalisation of opset 9, whatever it is asked."""
    known = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in model.graph.initializer}
    x = functional.conv_transpose2d(torch.from_numpy(z).reshape(1, -1, 1, 1), known["k0"])
    x = functional.batch_norm(x, known["mean"], known["var"], known["gain"], known["bias"])
    x = functional.interpolate(functional.leaky_relu(x, 0.2), scale_factor=2, mode="nearest")
    return ((torch.tanh(functional.conv2d(x, known["k1"], padding=1)) + 1) / 2)[0].numpy()


@pytest.mark.parametrize("name", SHAPES)
def test_a_decoder_draws_what_its_maker_draws(name: str) -> None:
    model, told = SHAPES[name]
    found = understood(model, **told)
    z = probes(found.model.latent_dim)[:6]
    label = 2 if found.model.classes else 0
    drawn = understanding.decode(found.model, z, label)
    expected = np.stack([by_its_maker(model, row, label) for row in z])
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    assert not found.questions


def test_the_browsers_runtime_draws_the_same(tmp_path: Path) -> None:
    asked, expected = [], []
    for index, (model, told) in enumerate(SHAPES.values()):
        found = understood(model, **told).model
        z, file = probes(found.latent_dim), tmp_path / f"{index}.onnx"
        file.write_bytes(imported_decoder_onnx(found, 0))
        asked.append({"file": str(file), "input": "z", "rows": z.tolist()})
        expected.append(understanding.decode(found, z).reshape(-1))
    for drawn, known in zip(answer_of_node("run_onnx.mjs", asked), expected, strict=True):
        np.testing.assert_allclose(drawn, known, atol=1e-5)


@pytest.mark.parametrize("model", [foreign.flat_logits(), foreign.torch_mlp(last=None), foreign.torch_mlp(last="Relu")])
def test_what_numbers_mean_is_asked_where_no_operator_says_it(model: ModelProto) -> None:
    (question,) = understood(model).questions
    assert question.ask == "range"
    assert not understood(model, range="0 to 255").questions


@pytest.mark.parametrize(
    ("names", "spread", "meaning", "is_asked"),
    [
        (("mu", "logvar"), None, "log σ²", False),
        (("z_mean", "z_log_var"), None, "log σ²", False),
        (("mean", "stddev"), "Exp", "σ", False),
        (("loc", "variance"), "Exp", "σ²", False),
        (("12", "14"), None, "log σ²", True),
        (("mu", "sigma"), "Exp", "σ", True),
        (("mu", "std"), None, "log σ²", True),  # a deviation is never below 0: the name does not mean that
        (("out",), None, "log σ²", True),
        (("z",), "none", "nothing", False),
    ],
)
def test_what_an_encoders_second_output_means_is_read_or_asked(
    names: tuple[str, ...], spread: str | None, meaning: str, *, is_asked: bool
) -> None:
    encoder = foreign.torch_encoder(names, spread=None if spread == "none" else spread)
    if spread == "none":
        del encoder.graph.output[:]
        encoder = foreign.torch_encoder(("z", "ignored"))
        del encoder.graph.output[1:]
    found = understood(foreign.torch_mlp(), encoder)
    assert found.facts["spread"] == meaning
    assert [question.ask for question in found.questions] == (["spread"] if is_asked else [])


def test_an_encoder_gives_the_posterior_that_was_meant() -> None:
    images = np.random.default_rng(0).random((5, 1, 6, 6)).astype(np.float32)
    encoder = foreign.torch_encoder(("mean", "std"), spread="Exp")
    evaluator: Any = ReferenceEvaluator(encoder)
    mean, std = evaluator.run(None, {"x": images})
    mu, logvar = understanding.encode(understood(foreign.torch_mlp(), encoder).model, images)
    np.testing.assert_allclose(mu, mean, atol=1e-6)
    np.testing.assert_allclose(logvar, 2 * np.log(std), atol=1e-5)
    mu, logvar = understanding.encode(understood(foreign.torch_mlp(), encoder, spread="log σ").model, images)
    np.testing.assert_allclose(logvar, 2 * std, atol=1e-5)


def test_noise_within_an_encoder_is_left_out_and_noise_within_a_decoder_refused() -> None:
    encoder, decoder = foreign.torch_encoder(), foreign.torch_mlp()
    for each, (source, target) in ((encoder, ("mu", "z")), (decoder, ("flat", "noisy"))):
        each.graph.node.append(foreign.node("RandomNormalLike", source, f"{target}.noise"))
        each.graph.node.append(foreign.node("Add", f"{source} {target}.noise", target))
    encoder.graph.output.append(foreign.helper.make_tensor_value_info("z", foreign.FLOAT, ["batch", 2]))
    found = understood(foreign.torch_mlp(), encoder)
    assert found.facts["spread"] == "log σ²"
    assert "z of encoder.onnx is drawn within the graph" in found.notes[0]
    decoder.graph.output[0].name = "noisy"
    with pytest.raises(ModelRefused, match="draws noise"):
        understood(decoder)


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ((foreign.sound(),), "no square picture"),
        ((foreign.torch_encoder(),), "no decoder"),
        ((foreign.torch_mlp(), foreign.torch_mlp()), "two decoders"),
        ((foreign.torch_mlp(), foreign.torch_encoder(side=7)), "choose the encoder that belongs to it"),
        ((foreign.torch_mlp(), foreign.torch_encoder(dims=3)), "latent dimensions; choose its encoder"),
        ((foreign.torch_mlp(side=9, dims=65),), "at most 64"),
        ((foreign.keras_colour(side=8),), ""),
    ],
)
def test_what_is_no_vae_is_refused_in_a_sentence(models: tuple[ModelProto, ...], words: str) -> None:
    if not words:
        assert understood(*models).model.image_shape == (3, 8, 8)
        return
    with pytest.raises(ModelRefused, match=words):
        understood(*models)


def test_a_model_that_is_stored_is_the_same_again_and_one_that_was_changed_is_refused() -> None:
    model = understood(foreign.keras_colour()).model
    tensors: Mapping[str, Any] = model.tensors()
    again = imported_model_in(tensors)
    assert again is not None
    assert imported_decoder_onnx(again, None) == imported_decoder_onnx(model, None)
    text = tensors["imported.programs"].tobytes()
    for old, new in ((b'"Relu"', b'"Loop"'), (b'"MatMul"', b'"If"'), (b'"inputs":{"z"', b'"inputs":{"y"')):
        changed = np.frombuffer(text.replace(old, new), np.uint8)
        assert changed.tobytes() != text
        with pytest.raises(ShapeMismatch, match="import"):
            imported_model_in({**tensors, "imported.programs": changed})
