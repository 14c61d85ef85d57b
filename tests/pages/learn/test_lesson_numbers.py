"""Every number on the Learn page, as the browser computes it, against torch.distributions or an exact value.

The cases are computed here, their answers by node from the very modules that the page loads.
"""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from tests.pages.node import answer_of_node
from vae_core.model import divergences

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
        ("two_descents", "crossEntropySlope", [{"mu": mu, "sigma": sigma}], slope(cross_entropy, mu, sigma)),
        ("two_descents", "klSlope", [{"mu": mu, "sigma": sigma}], slope(kl_to_prior, mu, sigma)),
    ]


def one_pixel(x: float, p: float) -> list[Case]:
    """What lesson 5 says of one pixel."""
    data, decoder = Bernoulli(number(x)), Bernoulli(number(p))
    entropy, kl = data.entropy().item(), kl_divergence(data, decoder).item()
    return [
        ("pixel_entropy", "pixelEntropy", [x], entropy),
        ("pixel_entropy", "pixelKl", [x, p], kl),
        ("pixel_entropy", "pixelCrossEntropy", [x, p], entropy + kl),
    ]


def two_bells(mu: float, sigma: float, other_mu: float, other_sigma: float) -> list[Case]:
    """What lesson 3 says of two Gaussians."""
    q, p, x = bell(mu, sigma), bell(other_mu, other_sigma), number(0.4)
    given = [mu, sigma, other_mu, other_sigma]
    integrand = q.log_prob(x).exp() * (q.log_prob(x) - p.log_prob(x))
    return [
        ("normals", "klBetween", given, kl_divergence(q, p).item()),
        ("normals", "klIntegrand", [0.4, *given], integrand.item()),
        ("normals", "meanPenalty", [mu], kl_divergence(bell(mu, 1.0), PRIOR).item()),
        ("normals", "spreadPenalty", [sigma], kl_divergence(bell(0.0, sigma), PRIOR).item()),
    ]


def one_oval(mu: list[float], first: float, second: float, angle: float) -> list[Case]:
    """What lesson 3 says of a posterior in the plane."""
    turn = number(angle)
    axes = torch.stack([torch.stack([turn.cos(), -turn.sin()]), torch.stack([turn.sin(), turn.cos()])])
    covariance = axes @ torch.diag(torch.tensor([first, second], dtype=torch.float64).square()) @ axes.T
    mean = torch.tensor(mu, dtype=torch.float64)
    prior = MultivariateNormal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    kl = kl_divergence(MultivariateNormal(mean, covariance), prior).item()
    diagonal = kl_divergence(Normal(mean, covariance.diagonal().sqrt()), PRIOR).sum().item()
    core = divergences.cholesky_kl_per_dim(mean[None], torch.linalg.cholesky(covariance)[None]).sum().item()
    assert math.isclose(core, kl, rel_tol=1e-10, abs_tol=1e-12)
    entries = {"xx": covariance[0, 0].item(), "xy": covariance[0, 1].item(), "yy": covariance[1, 1].item()}
    terms = {
        "trace": covariance.trace().item(),
        "square": mean.square().sum().item(),
        "logDeterminant": covariance.logdet().item(),
        "correlation": entries["xy"] / math.sqrt(entries["xx"] * entries["yy"]),
        "kl": kl,
        "diagonal": diagonal,
        "tied": kl - diagonal,
    }
    return [("normals", "covarianceOf", [first, second, angle], entries), ("normals", "planeKl", [mu, entries], terms)]


def written_thrice(mu: float, sigma: float) -> list[Case]:
    """What lesson 4 says of one posterior, and what the copies of the formula make of it."""
    kl = kl_divergence(bell(mu, sigma), PRIOR).item()
    variance, logvar = sigma**2, 2 * math.log(sigma)
    at = {name: number(value).requires_grad_() for name, value in (("s", sigma), ("v", variance), ("l", logvar))}
    mean = number(mu).reshape(1, 1)
    divergences.gaussian_kl_from_sigma(mean, at["s"].reshape(1, 1)).backward()
    divergences.gaussian_kl_from_variance(mean, at["v"].reshape(1, 1)).backward()
    divergences.gaussian_kl(mean, at["l"].reshape(1, 1)).backward()
    slopes = {name: value.grad.item() for name, value in at.items()}  # type: ignore[union-attr]
    return [
        ("parametrisations", "klInSigma", [mu, sigma], kl),
        ("parametrisations", "klInVariance", [mu, variance], kl),
        ("parametrisations", "klInLogvar", [mu, logvar], kl),
        ("parametrisations", "slopeInSigma", [sigma], slopes["s"]),
        ("parametrisations", "slopeInVariance", [variance], slopes["v"]),
        ("parametrisations", "slopeInLogvar", [logvar], slopes["l"]),
        ("parametrisations", "signLost", [mu, sigma], -kl),
        ("parametrisations", "halfLost", [mu, sigma], 2 * kl),
        ("parametrisations", "bracketLost", [mu, sigma], -0.5 * (1 + logvar) - mu**2 - math.exp(logvar)),
        ("parametrisations", "squareLost", [mu, sigma], kl + 0.5 * math.log(sigma)),
        ("parametrisations", "expLost", [mu, sigma], 0.5 * (mu**2 - 1)),
    ]


def one_loss(error: float, pixels: int, reduction: str, sigma: float, kl: float) -> list[Case]:
    """What lesson 4 says of squared error + KL: the likelihood from torch, the weights from slopes in the error."""
    squares = number(error**2).requires_grad_()
    written = squares * pixels if reduction == "sum" else squares

    def weight(variance: float) -> float:
        """By how much the KL is weighed once the error has the slope that it has in −log p."""
        (slope,) = torch.autograd.grad(pixels * squares / (2 * variance), squares)
        (slope_as_written,) = torch.autograd.grad(written, squares, retain_graph=True)
        return float(slope / slope_as_written)

    variance = 0.5 if reduction == "sum" else 0.5 * pixels
    assert math.isclose(weight(variance), 1), "at the variance it stands for, the KL is weighed by 1"
    pixel = bell(0.0, math.sqrt(variance))
    nats = -pixels * pixel.log_prob(number(error)).item()
    constant = -pixels * pixel.log_prob(number(0.0)).item()
    part = written.item()
    readings = {
        "error-part": part,
        "written": part + kl,
        "share": 100 * kl / (part + kl),
        "beta": weight(0.5),
        "variance": variance,
        "implied-sigma": pixel.scale.item(),
        "nats": nats,
        "constant": constant,
        "beta-true": weight(sigma**2),
    }
    loss = {"error": error, "pixels": str(pixels), "reduction": reduction, "sigma": sigma, "kl": kl}
    return [("squared_error", "readings", [loss], readings)]


def one_problem(mu: float, sigma: float, target: float) -> list[Case]:
    """What lesson 2 says of two gradients: single draws by autograd, the rest by quadrature, exact for polynomials."""
    points, weights = np.polynomial.hermite_e.hermegauss(12)
    weights = weights / weights.sum()
    given = {"mu": mu, "sigma": sigma, "target": target}

    def through_z(epsilon: float) -> dict[str, float]:
        return slope(lambda m, s: (m + s * epsilon - target) ** 2, mu, sigma)

    def by_score(epsilon: float) -> dict[str, float]:
        z = number(mu + sigma * epsilon)
        loss = (z - target).square()
        return slope(lambda m, s: loss * Normal(m, s).log_prob(z), mu, sigma)

    def moments(estimate: Any) -> tuple[dict[str, float], dict[str, float]]:
        values = [estimate(epsilon) for epsilon in points]
        mean = {key: sum(w * v[key] for w, v in zip(weights, values, strict=True)) for key in ("mu", "sigma")}
        square = {key: sum(w * v[key] ** 2 for w, v in zip(weights, values, strict=True)) for key in ("mu", "sigma")}
        return mean, {key: square[key] - mean[key] ** 2 for key in mean}

    drawn = Normal(number(mu).requires_grad_(), number(sigma).requires_grad_()).sample()
    assert not drawn.requires_grad, "torch finds no path to the parameters of a draw either"
    mean, variance = moments(through_z)
    score_mean, score_variance = moments(by_score)
    assert score_mean == pytest.approx(mean)
    return [
        ("gradient_routes", "drawnAsSuch", [], {"mu": 0.0, "sigma": 0.0}),
        ("gradient_routes", "exact", [given], mean),
        ("gradient_routes", "reparametrisedVariance", [given], variance),
        ("gradient_routes", "scoreVariance", [given], score_variance),
        *(("gradient_routes", "reparametrised", [given, each], through_z(each)) for each in (-1.3, 0.4)),
        *(("gradient_routes", "scoreFunction", [given, each], by_score(each)) for each in (-1.3, 0.4)),
    ]


def draws(mu: float, sigma: float) -> list[Case]:
    """What lesson 3 makes of draws."""
    noise = [-1.7, -0.3, 0.0, 0.4, 1.1, 2.2]
    z = mu + sigma * torch.tensor(noise, dtype=torch.float64)
    ratios = bell(mu, sigma).log_prob(z) - PRIOR.log_prob(z)
    variance, mean = torch.var_mean(ratios)
    values = ratios.tolist()
    running = (ratios.cumsum(0) / torch.arange(1, len(noise) + 1)).tolist()
    counts, edges = np.histogram(values, bins=4, range=(-2.0, 2.0))
    bars = [[(low + high) / 2, count / len(values)] for low, high, count in zip(edges, edges[1:], counts, strict=False)]
    return [
        ("estimates", "logRatios", [mu, sigma, noise], values),
        ("estimates", "meanAndVariance", [values], {"mean": mean.item(), "variance": variance.item()}),
        ("estimates", "standardError", [values], math.sqrt(variance.item() / len(values))),
        ("estimates", "runningMeans", [values], running),
        ("estimates", "histogram", [values, [-2, 2], 4], bars),
    ]


def one_descent(mu: float, sigma: float) -> list[Case]:
    """What lesson 5 shows step by step, beside torch's own SGD on torch's own KL."""
    at = [number(mu).requires_grad_(), number(sigma).requires_grad_()]
    optimiser = torch.optim.SGD(at, lr=0.1)
    for _ in range(5):
        optimiser.zero_grad()
        kl_to_prior(*at).backward()
        optimiser.step()
    return [
        (
            "two_descents",
            "end",
            [{"mu": mu, "sigma": sigma, "steps": 5}, 1],
            {"mu": at[0].item(), "sigma": at[1].item()},
        )
    ]


def one_image(mu: list[float], logvar: list[float], noise: list[float]) -> list[Case]:
    """What stands in the boxes of lesson 2."""
    sigma = (0.5 * torch.tensor(logvar, dtype=torch.float64)).exp()
    z = (torch.tensor(mu, dtype=torch.float64) + sigma * torch.tensor(noise, dtype=torch.float64)).tolist()
    given = [{"mu": mu, "logvar": logvar, "factor": None}, {"e1": noise[0], "e2": noise[1]}]
    return [
        (
            "two_heads",
            "tensors",
            given,
            {"mu": mu, "logvar": logvar, "sigma": sigma.tolist(), "epsilon": noise, "z": z},
        )
    ]


PAIRS = [(-1.0, 0.6, 1.0, 1.4), (0.0, 1.0, 0.0, 1.0), (3.0, 0.4, -3.0, 3.0), (0.5, 2.0, 0.5, 0.5)]
LOSSES = [(0.2, 784, "sum", 0.2, 6.0), (0.2, 784, "mean", 0.2, 6.0), (0.07, 12288, "mean", 1.0, 30.0)]
CASES: list[Case] = [
    *one_image([0.3, -1.2], [-2.0, -4.5], [1.0, -0.5]),
    *(case for each in [(1.0, 1.0, 0.0), (3.0, 0.5, 1.0), (-0.2, 2.0, -3.0)] for case in one_problem(*each)),
    *(case for each in BELLS for case in one_bell(*each)),
    *(case for each in PAIRS for case in two_bells(*each)),
    *draws(1.5, 0.5),
    *one_oval([0.8, 0.4], 1.2, 0.6, 0.5),
    *one_oval([0.0, 0.0], 1.0, 1.0, 0.0),
    *one_oval([-1.5, 2.0], 2.0, 0.15, -1.2),
    *(case for each in BELLS for case in written_thrice(*each)),
    *(case for each in LOSSES for case in one_loss(*each)),
    *one_descent(2.0, 1.5),
    *one_descent(-1.0, 0.4),
    *(case for each in [(0.8, 0.3), (0.5, 0.5), (0.01, 0.99), (1.0, 0.25), (0.0, 0.25)] for case in one_pixel(*each)),
]


@pytest.fixture(scope="module")
def answers() -> list[Any]:
    """Node's, in the order of CASES."""
    return list(answer_of_node("lesson_numbers.mjs", [case[:3] for case in CASES]))


def name_of(case: Case) -> str:
    return f"{case[1]}-{'-'.join(map(str, case[2]))}"


def numbers_in(answer: Any) -> list[float]:
    """All numbers of an answer, in the order of the keys where it has any."""
    if isinstance(answer, dict):
        return [value for key in sorted(answer) for value in numbers_in(answer[key])]
    return [value for each in answer for value in numbers_in(each)] if isinstance(answer, list) else [answer]


def keys_in(answer: Any) -> set[str]:
    return set(answer) if isinstance(answer, dict) else set()


@pytest.mark.parametrize("at", range(len(CASES)), ids=[name_of(case) for case in CASES])
def test_a_number_on_the_page_is_what_torch_says(at: int, answers: list[Any]) -> None:
    assert keys_in(answers[at]) == keys_in(CASES[at][3])
    assert numbers_in(answers[at]) == pytest.approx(numbers_in(CASES[at][3]), rel=1e-10, abs=1e-12)
