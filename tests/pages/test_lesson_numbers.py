"""Every number on the Learn page, as the browser computes it, against torch.distributions or an exact value.

The cases are computed here, their answers by node from the very modules that the page loads.
"""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core import divergences

ROOT = Path(__file__).parents[2]
ANSWERER = ROOT / "tests/js/lesson_numbers.mjs"
BELLS = [(0.0, 1.0), (1.0, 0.5), (-2.3, 0.1), (0.7, 3.0), (3.0, 1.0), (0.001, 1.001)]
Case = tuple[str, str, list[Any], Any]


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def bell(mu: float, sigma: float) -> Normal:
    return Normal(number(mu), number(sigma))


PRIOR = bell(0.0, 1.0)


def slope(loss: Any, mu: float, sigma: float) -> dict[str, float]:
    """The gradient of a loss of (mu, sigma), by autograd."""
    at = [number(mu).requires_grad_(), number(sigma).requires_grad_()]
    loss(*at).backward()
    return {"mu": at[0].grad.item(), "sigma": at[1].grad.item()}  # type: ignore[union-attr]


def cross_entropy(mu: Tensor, sigma: Tensor) -> Tensor:
    """−E log p(z) under q, by the definition of the prior's log density."""
    return 0.5 * math.log(2 * math.pi) + 0.5 * (mu.square() + sigma.square())


def kl_to_prior(mu: Tensor, sigma: Tensor) -> Tensor:
    return kl_divergence(Normal(mu, sigma), PRIOR)


def one_bell(mu: float, sigma: float) -> list[Case]:
    """What lessons 3 and 5 say of one posterior."""
    q = bell(mu, sigma)
    core = divergences.gaussian_kl(number(mu).reshape(1, 1), 2 * number(sigma).log().reshape(1, 1)).item()
    kl = kl_divergence(q, PRIOR).item()
    assert math.isclose(core, kl, rel_tol=1e-12, abs_tol=1e-12)
    return [
        ("normals", "klToPrior", [mu, sigma], kl),
        ("normals", "entropy", [sigma], q.entropy().item()),
        ("normals", "crossEntropy", [mu, sigma], q.entropy().item() + kl),
        ("normals", "logDensity", [0.3, mu, sigma], q.log_prob(number(0.3)).item()),
        ("normals", "density", [0.3, mu, sigma], q.log_prob(number(0.3)).exp().item()),
        ("descent", "crossEntropySlope", [{"mu": mu, "sigma": sigma}], slope(cross_entropy, mu, sigma)),
        ("descent", "klSlope", [{"mu": mu, "sigma": sigma}], slope(kl_to_prior, mu, sigma)),
    ]


def one_pixel(x: float, p: float) -> list[Case]:
    """What lesson 5 says of one pixel."""
    data, decoder = Bernoulli(number(x)), Bernoulli(number(p))
    entropy, kl = data.entropy().item(), kl_divergence(data, decoder).item()
    return [
        ("pixels", "pixelEntropy", [x], entropy),
        ("pixels", "pixelKl", [x, p], kl),
        ("pixels", "pixelCrossEntropy", [x, p], entropy + kl),
    ]


CASES: list[Case] = [
    *(case for each in BELLS for case in one_bell(*each)),
    *(case for each in [(0.8, 0.3), (0.5, 0.5), (0.01, 0.99), (1.0, 0.25), (0.0, 0.25)] for case in one_pixel(*each)),
]


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    """Node's, in the order of CASES."""
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:{Path('/usr/bin')}") or "node"
    asked = json.dumps([case[:3] for case in CASES])
    done = subprocess.run([node, str(ANSWERER)], input=asked, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def name_of(case: Case) -> str:
    return f"{case[1]}-{'-'.join(map(str, case[2]))}"


@pytest.mark.parametrize("at", range(len(CASES)), ids=[name_of(case) for case in CASES])
def test_a_number_on_the_page_is_what_torch_says(at: int, answers: list[Any]) -> None:
    assert answers[at] == pytest.approx(CASES[at][3], rel=1e-10, abs=1e-12)
