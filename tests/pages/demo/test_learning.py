"""The training inside the one-file demo: the same objective, the same gradient, the same steps as the app's."""

import numpy as np
import torch

from pages.ui.demo import learning
from tests.pages.node import answer_of_node
from tests.vae_core.small_runs import digits
from vae_core import runs
from vae_core.config import schedules
from vae_core.data import registry
from vae_core.model.networks import VAE
from vae_core.training import fused_elbo
from vae_core.training.optimiser import Adam

BETA = 2.5


def test_a_step_of_it_is_a_step_of_the_apps() -> None:
    model = VAE(digits(hidden_sizes=(12, 8)), registry.DATASETS["digits"].card)
    x = torch.rand(10, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    noise = torch.randn(10, 2, generator=torch.Generator().manual_seed(2))
    terms, gradients = fused_elbo.negative_elbo(model, x, BETA, noise)
    parameters = dict(model.named_parameters())
    flat = torch.cat([each.detach().ravel() for each in parameters.values()])
    total = 100
    steps = [0, 1, 29, 30, 77, 99]
    answer = answer_of_node(
        "training_answers.mjs",
        {
            "widths": {"encoder": [64, 12, 8, 4], "decoder": [2, 8, 12, 64]},
            "numbers": flat.tolist(),
            "x": x.ravel().tolist(),
            "noise": noise.ravel().tolist(),
            "beta": BETA,
            "rates": [[step, total] for step in steps],
        },
    )
    np.testing.assert_allclose(answer["reconstruction"], terms.reconstruction.sum().item(), rtol=1e-5)
    np.testing.assert_allclose(sum(answer["klPerDim"]), terms.kl.sum().item(), rtol=1e-5)
    expected = torch.cat([each.ravel() for each in gradients])
    np.testing.assert_allclose(answer["gradient"], expected, rtol=1e-4, atol=1e-6)
    adam = Adam(parameters)
    for momentum in (0.95, 0.9):
        adam.step(gradients, 0.01, momentum, terms.loss.mean())
    after = torch.cat([each.detach().ravel() for each in parameters.values()])
    np.testing.assert_allclose(answer["after"], after, atol=2e-4)
    rates = [schedules.rate("one-cycle", step, total) for step in steps]
    np.testing.assert_allclose([each["rate"] for each in answer["rates"]], [rate.share for rate in rates], rtol=1e-6)
    np.testing.assert_allclose([each["momentum"] for each in answer["rates"]], [rate.momentum for rate in rates])


def test_the_digits_go_along_and_larger_images_do_not() -> None:
    digits_run = runs.open_run("digits")
    found = learning.kept(digits_run)
    assert found is not None
    facts, images = found
    held_out = registry.images_of(digits_run.card, "held-out").images
    assert len(images) == facts["pixels"] * (facts["train"] + len(held_out))
    assert learning.kept(runs.open_run("mnist")) is None
