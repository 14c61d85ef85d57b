"""State dicts and folders of others: the same pictures as where they were made, and a question where none is sure."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import source as data_source
from vae_core.errors import ModelRefused
from vae_core.interchange.exports import hugging_face
from vae_core.interchange.incoming import asking, keeping, understanding
from vae_core.interchange.incoming.keeping import Source
from vae_core.interchange.incoming.understanding import Understood
from vae_core.model.networks import build_vae, weights

Floats = npt.NDArray[np.float32]


class Examples(nn.Module):
    """As in pytorch/examples' vae/main.py, by its layers' names; smaller."""

    def __init__(self, pixels: int = 64, hidden: int = 20, dims: int = 3) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(pixels, hidden), nn.Linear(hidden, dims), nn.Linear(hidden, dims)
        self.fc3, self.fc4 = nn.Linear(dims, hidden), nn.Linear(hidden, pixels)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class Sequential(nn.Module):
    """encoder.0, encoder.2 … and a decoder, with one head of 2·D or with two of their own names."""

    def __init__(self, heads: tuple[str, ...], between: type[nn.Module] = nn.SiLU, *, norm: bool = False) -> None:
        super().__init__()
        middle = [nn.BatchNorm1d(24)] if norm else []
        last = [] if heads else [between(), nn.Linear(24, 4)]
        self.encoder = nn.Sequential(nn.Linear(64, 24), *middle, *last)
        for name in heads:
            setattr(self, name, nn.Linear(24, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 24), *middle, between(), nn.Linear(24, 64))


def saved(value: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def understood(data: bytes, name: str = "model.pt", **told: str) -> Understood:
    return understanding.understand({name: data}, told)


def draws(dims: int, count: int = 100) -> Floats:
    return np.random.default_rng(4).standard_normal((count, dims)).astype(np.float32)


@torch.no_grad()
def check(found: Understood, decode: Any, encode: Any) -> None:
    """Pictures and posteriors within 1e-6 of the original's, on 100 z and 20 images."""
    z, images = draws(found.model.latent_dim), np.random.default_rng(5).random((20, 64)).astype(np.float32)
    drawn = understanding.decode(found.model, z).reshape(100, -1)
    np.testing.assert_allclose(drawn, decode(torch.from_numpy(z)).reshape(100, -1), atol=1e-6)
    mu, logvar = understanding.encode(found.model, images.reshape(-1, 1, 8, 8))
    expected = encode(torch.from_numpy(images))
    np.testing.assert_allclose(mu, expected[0], atol=1e-6)
    np.testing.assert_allclose(logvar, expected[1], atol=1e-6)


@pytest.mark.parametrize("wrap", ["bare", "module.", "model_state_dict", "safetensors", "checkpoint"])
def test_the_vae_of_pytorchs_examples_is_known_by_its_layers(wrap: str) -> None:
    model = Examples()
    state = model.state_dict()
    optimizer = {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999)}]}
    made: Mapping[str, Any] = {
        "bare": state,
        "module.": {f"module.{name}": each for name, each in state.items()},
        "model_state_dict": {"model_state_dict": state, "epoch": 3},
        "checkpoint": {"state_dict": state, "optimizer": optimizer, "args": Path("x"), "loss": [0.1]},
    }
    name = "model.safetensors" if wrap == "safetensors" else "model.pth"
    found = understood(save(state) if wrap == "safetensors" else saved(made[wrap]), name)
    assert not found.questions
    assert found.facts["spread"] == "log σ²"
    check(found, model.decode, model.encode)


@pytest.mark.parametrize("heads", [(), ("fc_mu", "fc_logvar"), ("mean", "std_dev")])
@pytest.mark.parametrize(("kind", "name"), [(nn.SiLU, "SiLU"), (nn.Tanh, "Tanh"), (nn.GELU, "GELU")])
def test_a_sequential_mlp_is_asked_what_its_weights_do_not_say(
    heads: tuple[str, ...], kind: type[nn.Module], name: str
) -> None:
    model = Sequential(heads, kind)
    data = saved(model.state_dict())
    asked = {question.ask for question in understood(data).questions}
    assert {"activation", "range"} <= asked
    assert ("spread" in asked) == (heads != ("fc_mu", "fc_logvar"))
    found = understood(data, activation=name, range="logits", spread="log σ²")
    assert not found.questions

    def encode(x: Tensor) -> tuple[Tensor, ...]:
        if not heads:
            return tuple(model.encoder(x).chunk(2, dim=1))
        hidden = kind()(model.encoder(x))
        return tuple(getattr(model, head)(hidden) for head in heads)

    check(found, lambda z: torch.sigmoid(model.decoder(z)), encode)


def test_layers_that_were_sorted_come_into_their_order_again() -> None:
    model = Sequential(())
    state = dict(sorted(model.state_dict().items(), reverse=True))
    found = understood(saved(state), activation="SiLU", range="0 to 1", spread="log σ²")
    z = draws(2)
    with torch.no_grad():
        expected = model.decoder(torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(understanding.decode(found.model, z).reshape(100, -1), expected, atol=1e-6)


def test_layers_are_cut_where_they_are_narrowest() -> None:
    """Two wide layers of one shape are no heads; and an encoder to points has one head of D."""
    wide = nn.Sequential(nn.Linear(64, 24), nn.Linear(24, 24), nn.Linear(24, 24), nn.Linear(24, 2), nn.Linear(2, 64))
    found = understood(saved(wide.state_dict()), activation="ReLU", range="0 to 1")
    assert found.model.latent_dim == 2
    assert found.facts["spread"] == "nothing"


def test_weights_of_ours_alone_are_known_by_their_shapes() -> None:
    for settings in ({"hidden_sizes": (16, 8)}, {"architecture": "conv", "channels": (4, 8)}):
        config = parse_config({"dataset": "digits", "likelihood": "gaussian-learned", "latent_dim": 3, **settings})
        model = build_vae(config)
        data = save({name: torch.from_numpy(each) for name, each in weights(model).items()})
        assert [each.ask for each in understood(data, "model.safetensors").questions] == ["activation"]
        found = understood(data, "model.safetensors", activation="SiLU")
        z = draws(3)
        with torch.no_grad():
            expected = model.image(torch.from_numpy(z)).numpy()
        np.testing.assert_allclose(understanding.decode(found.model, z), expected, atol=1e-6)


def test_batch_normalisation_is_that_of_a_trained_model() -> None:
    model = Sequential(("mu", "logvar"), nn.ReLU, norm=True)
    model.encoder(torch.rand(50, 64))  # running figures that are not 0 and 1
    model.eval()
    found = understood(saved(model.state_dict()), activation="ReLU", range="0 to 1")
    with torch.no_grad():
        z = draws(2)
        expected = model.decoder(torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(understanding.decode(found.model, z).reshape(100, -1), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"a.weight": torch.zeros(3, 3), "b.weight": torch.zeros(3, 3)}, "expected linear ones"),
        ({"conv.weight": torch.zeros(4, 1, 3, 3), "fc.weight": torch.zeros(2, 4)}, "convolutions"),
        ({"epoch": 3, "note": "nothing"}, "no weights by name"),
    ],
)
def test_weights_that_are_no_vae_of_known_layers_are_refused(state: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        understood(saved(state))


def pythae_files(folder: Path | None = None) -> tuple[dict[str, bytes], nn.Module]:
    """As pythae saves a VAE with its default networks: names, order and layers of its `default_architectures`."""
    encoder, decoder = nn.Module(), nn.Module()
    encoder.layers = nn.ModuleList([nn.Sequential(nn.Linear(64, 512), nn.ReLU())])
    encoder.embedding, encoder.log_var = nn.Linear(512, 2), nn.Linear(512, 2)
    decoder.layers = nn.ModuleList(
        [nn.Sequential(nn.Linear(2, 512), nn.ReLU()), nn.Sequential(nn.Linear(512, 64), nn.Sigmoid())]
    )
    model = nn.Module()
    model.decoder, model.encoder = decoder, encoder
    config = {
        "name": "VAEConfig", "input_dim": [1, 8, 8], "latent_dim": 2, "uses_default_encoder": True,
        "uses_default_decoder": True, "reconstruction_loss": "mse",
    }  # fmt: skip
    return {
        "model_config.json": json.dumps(config).encode(), "environment.json": b'{"python_version": "3.11"}',
        "model.pt": saved({"model_state_dict": model.state_dict()}),
    }, model  # fmt: skip


def test_a_pythae_folder_draws_and_encodes_as_pythaes_networks_do() -> None:
    files, model = pythae_files()
    found = understanding.understand(files, {})
    assert (found.kind, list(found.questions)) == ("pythae, VAE", [])
    encoder, decoder = model.encoder, model.decoder

    def encode(x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = encoder.layers[0](x)
        return encoder.embedding(hidden), encoder.log_var(hidden)

    check(found, lambda z: decoder.layers[1](decoder.layers[0](z)), encode)


def test_a_pythae_folder_with_a_pickled_network_is_refused_in_one_sentence() -> None:
    files, _ = pythae_files()
    with pytest.raises(ModelRefused, match=r"decoder\.pkl, a pickle: opening it would run whatever its maker wrote"):
        understanding.understand({**files, "decoder.pkl": b"\x80\x04N."}, {})


def test_a_model_of_another_library_is_refused_with_the_figure_that_keeps_it_out() -> None:
    config = {"_class_name": "VQModel", "latent_channels": 4, "block_out_channels": [32] * 4, "sample_size": 256}
    files = {"config.json": json.dumps(config).encode(), "diffusion_pytorch_model.safetensors": b""}
    with pytest.raises(ModelRefused, match="4 × 32 × 32 = 4,096 numbers"):
        understanding.understand(files, {})


def our_files(**settings: Any) -> tuple[TrainConfig, dict[str, Any], dict[str, bytes]]:
    """Settings, weights, and the two files that a run of them goes out as."""
    config = parse_config({"dataset": "digits", "hidden_sizes": (16,), "likelihood": "gaussian", **settings})
    card = data_source("digits").card
    state = weights(build_vae(config, card))
    told = {
        "model_type": hugging_face.MODEL_TYPE, "format": hugging_face.FORMAT, "config": config.model_dump(mode="json"),
        "card": card.as_json(), "step": 5,
    }  # fmt: skip
    tensors = {name: torch.from_numpy(each) for name, each in state.items()}
    files = {"config.json": json.dumps(told).encode(), "model.safetensors": save(tensors, {"format": "pt"})}
    return config, state, files


def test_our_own_layout_comes_in_again_byte_for_byte(tmp_path: Path) -> None:
    config, state, files = our_files()
    source = Source(files, {})
    proposal = asking.propose(source.files, {})
    assert not proposal.questions
    run = runs.open_run(keeping.keep(source, proposal, "back", "digits", root=tmp_path), tmp_path)
    kept = run.weights()
    assert kept.keys() == state.keys()
    assert all(kept[name].tobytes() == state[name].tobytes() for name in state)
    assert run.decoder() == decoder_onnx(config, state, card=run.card)
    assert len(run.embedding().mu) == run.card.held_out_size


@pytest.mark.parametrize("settings", [{"objective": "cvae"}, {"architecture": "conv", "channels": (4, 8)}])
def test_all_of_ours_draw_what_they_drew(settings: dict[str, Any]) -> None:
    config, _, files = our_files(**settings)
    found = understanding.understand(files, {})
    assert not found.questions
    assert found.model.classes == (10 if config.is_conditional else 0)
    z = draws(config.latent_dim)
    model = build_vae(config)
    labels = torch.full((100,), 7) if config.is_conditional else None
    with torch.no_grad():
        expected = model.image(torch.from_numpy(z), labels).numpy()
    np.testing.assert_allclose(understanding.decode(found.model, z, 7), expected, atol=1e-6)
