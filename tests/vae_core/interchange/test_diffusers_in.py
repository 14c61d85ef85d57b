"""diffusers' AutoencoderKL and AutoencoderTiny come in: the same numbers as theirs, or why not, with the figure."""

import json
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from tests.vae_core.interchange.like_diffusers import KL, Tiny
from vae_core.errors import ModelRefused
from vae_core.interchange.incoming import understanding
from vae_core.interchange.incoming.formats import diffusers_models

SIZES = [8, 16]
TINY_SIZES = [8, 8, 8]
CONFIGS: dict[str, dict[str, Any]] = {
    "AutoencoderKL": {
        "in_channels": 3, "out_channels": 3, "down_block_types": ["DownEncoderBlock2D"] * 2,
        "up_block_types": ["UpDecoderBlock2D"] * 2, "block_out_channels": SIZES, "layers_per_block": 1,
        "latent_channels": 2, "norm_num_groups": 4, "sample_size": 8,
    },
    "AutoencoderTiny": {
        "in_channels": 3, "out_channels": 3, "encoder_block_out_channels": TINY_SIZES, "latent_channels": 4,
        "decoder_block_out_channels": TINY_SIZES, "num_encoder_blocks": [1] * 3, "num_decoder_blocks": [1] * 3,
    },
}  # fmt: skip


class OfDiffusers(nn.Module):
    """Their own model, asked as ours are."""

    def __init__(self, kind: str) -> None:
        import diffusers

        super().__init__()
        self.model = getattr(diffusers, kind)(**CONFIGS[kind])

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Any]:
        return dict(self.model.state_dict())

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        made = self.model.encode(x)
        return (made.latents, None) if hasattr(made, "latents") else (made.latent_dist.mean, made.latent_dist.logvar)

    def decode(self, z: Tensor) -> Tensor:
        image: Tensor = self.model.decode(z).sample
        return image


def made(kind: str, *, by_diffusers: bool = False) -> Any:
    torch.manual_seed(0)
    ours = {"AutoencoderKL": lambda: KL(3, SIZES, 2, 4), "AutoencoderTiny": lambda: Tiny(3, TINY_SIZES, 4)}
    model = OfDiffusers(kind) if by_diffusers else ours[kind]()
    for each in model.parameters():
        nn.init.normal_(each, std=0.1 if each.ndim > 1 else 0.3)
    return model.eval()


def files_of(model: Any, kind: str, **settings: Any) -> dict[str, bytes]:
    weights = {name: each.contiguous() for name, each in model.state_dict().items()}
    config = {"_class_name": kind, "_diffusers_version": "0.42.1", **CONFIGS[kind], **settings}
    return {"config.json": json.dumps(config).encode(), "diffusion_pytorch_model.safetensors": save(weights)}


@pytest.mark.parametrize("by_diffusers", [False, True])
@pytest.mark.parametrize("kind", list(CONFIGS))
def test_a_small_model_encodes_and_decodes_as_theirs_does(kind: str, by_diffusers: bool) -> None:
    if by_diffusers and not find_spec("diffusers"):
        pytest.skip("diffusers is not installed")
    theirs = made(kind, by_diffusers=by_diffusers)
    found = understanding.understand(files_of(theirs, kind), {"image": "3, 8, 8"})
    assert found.kind == f"diffusers, {kind}"
    assert found.facts["range"] == "-1 to 1"
    x = torch.rand(4, 3, 8, 8)
    mu, logvar = understanding.encode(found.model, x.numpy())
    with torch.no_grad():
        their_mu, their_logvar = theirs.encode(2 * x - 1)
        z = torch.randn(100, *their_mu.shape[1:])
        images = (theirs.decode(z) + 1) / 2
    np.testing.assert_allclose(mu, their_mu.flatten(1), rtol=0, atol=1e-5)
    if their_logvar is not None:
        np.testing.assert_allclose(logvar, their_logvar.flatten(1), rtol=0, atol=1e-5)
    ours = understanding.decode(found.model, z.flatten(1).numpy())
    np.testing.assert_allclose(ours, images, rtol=0, atol=1e-5)
    assert images.std() > 0.01


def test_the_size_of_images_is_asked_where_their_own_has_more_latents_than_can_be_dragged() -> None:
    found = understanding.understand(files_of(made("AutoencoderKL"), "AutoencoderKL", sample_size=512), {})
    (question,) = found.questions
    assert question.ask == "image"
    assert question.taken == "3, 10, 10"  # 2 · 5 · 5 = 50 of 64
    assert "At the 512 × 512 of its training a z has 131,072 numbers" in question.why
    assert found.model.latent_dim == 50


def test_layers_of_older_names_are_the_same() -> None:
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    model = made("AutoencoderKL")
    old = dict(model.state_dict())
    for name in list(old):
        for new, before in names.items():
            if f".{new}." in name:
                old[name.replace(new, before)] = old.pop(name)
    files = files_of(model, "AutoencoderKL")
    renamed = {**files, "diffusion_pytorch_model.safetensors": save(old)}
    z = np.ones((1, 32), np.float32)
    one, other = (understanding.decode(understanding.understand(each, {}).model, z) for each in (files, renamed))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("settings", "told", "sentence"),
    [
        ({"down_block_types": ["AttnDownEncoderBlock2D"] * 2}, {}, "others than those that are read"),
        ({"latent_channels": 3}, {}, "do not go together"),
        ({"latent_channels": 65}, {}, "65 latent channels"),
        ({"block_out_channels": [8, 16, 16]}, {}, "do not go together"),
        ({"norm_num_groups": 0}, {}, "do not go together"),
        ({"layers_per_block": 3}, {}, "do not go together"),
        ({}, {"image": "3, 9, 9"}, "choose one of 3, 10, 10; 3, 8, 8"),
    ],
)
def test_what_is_not_read_is_refused_in_a_sentence(
    settings: dict[str, Any], told: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ModelRefused, match=sentence):
        understanding.understand(files_of(made("AutoencoderKL"), "AutoencoderKL", **settings), told)


def test_what_no_browser_carries_is_refused_with_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffusers_models, "MOST_MULTIPLICATIONS", 100_000)
    with pytest.raises(ModelRefused, match=r"multiplies 0\.\d+ billion times for an image of 3 × 8 × 8, about \d ms"):
        understanding.understand(files_of(made("AutoencoderKL"), "AutoencoderKL"), {})


def test_a_configuration_without_weights_says_what_is_missing() -> None:
    files = files_of(made("AutoencoderTiny"), "AutoencoderTiny")
    del files["diffusion_pytorch_model.safetensors"]
    with pytest.raises(ModelRefused, match=r"diffusion_pytorch_model.safetensors is missing"):
        understanding.understand(files, {})
