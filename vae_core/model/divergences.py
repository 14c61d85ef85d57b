"""How far a posterior, or all of them together, is from the prior N(0, I): nats per image unless a line says otherwise.

The same KL is written in σ, σ² and log σ²; the network emits log σ², which may be any real number.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def gaussian_kl_per_dim(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence of N(mu, exp(logvar)) from N(0, 1), for each latent dimension.

    mu, logvar: (B, D). Returns (B, D) nats, zero at the prior. Exact near zero by expm1, where exp(logvar) - 1 would
    cancel. Value and gradient are finite for every |logvar| ≤ 60; nothing is clamped, so at about 88, where float32
    ends, the loss becomes infinite and training says so instead of going on with another loss.
    The default objective trains by the same, its gradient written out, in `training/fused_elbo.py`; tests compare both.
    Source: Kingma & Welling 2014 (arXiv 1312.6114), appendix B.
    """
    return 0.5 * (mu.square() + (logvar.expm1() - logvar))  # (B, D)


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence of N(mu, diag exp(logvar)) from N(0, I), per image: ½ Σ (μ² + e^(log σ²) − 1 − log σ²).

    mu, logvar: (B, D). Returns (B,) nats. Source and range as in `gaussian_kl_per_dim`.
    """
    return gaussian_kl_per_dim(mu, logvar).sum(dim=1)  # (B, D) -> (B,)


def gaussian_kl_from_variance(mu: Tensor, variance: Tensor) -> Tensor:
    """`gaussian_kl` written in σ²: ½ Σ (μ² + σ² − 1 − log σ²). mu, variance > 0: (B, D). Returns (B,) nats."""
    return 0.5 * (mu.square() + (variance - 1) - variance.log()).sum(dim=1)  # (B, D) -> (B,)


def gaussian_kl_from_sigma(mu: Tensor, sigma: Tensor) -> Tensor:
    """`gaussian_kl` written in σ: Σ (½ (μ² + σ² − 1) − log σ). mu, sigma > 0: (B, D). Returns (B,) nats.

    log σ stands without a ½: it is half of log σ², and reading σ where σ² is meant makes the missing factor 2.
    """
    return (0.5 * (mu.square() + sigma.square() - 1) - sigma.log()).sum(dim=1)  # (B, D) -> (B,)


def cholesky_kl_per_dim(mu: Tensor, factor: Tensor) -> Tensor:
    """KL divergence of N(mu, L Lᵀ) from N(0, I), by the chain rule: dimension d given those before it.

    mu: (B, D); factor L: (B, D, D), lower triangular with a positive diagonal. Returns (B, D) nats, none negative,
    which add up to ½ (tr L Lᵀ + μᵀμ − D − log det L Lᵀ), Kingma & Welling 2019 (arXiv 1906.02691), section 2.5.1.
    """
    variance = factor.square().sum(dim=2)  # (B, D, D) -> (B, D), the diagonal of L Lᵀ
    return 0.5 * (mu.square() + (variance - 1)) - factor.diagonal(dim1=1, dim2=2).log()


def mean_discrepancy(z: Tensor) -> Tensor:
    """MMD² between the points z and N(0, I), for a mixture of Gaussian kernels k(a, b) = exp(−|a − b|² / 2h).

    z: (B, D), one draw from each image's posterior. Returns () ≥ −1, without unit; its mean is 0 if the z follow the
    prior, and so is that of a single z, which tells nothing of them all. The prior's part is the exact integral, only
    the mean over pairs of z is an estimate (unbiased).
    Source: Gretton et al. 2012, eq. 3; Zhao et al. 2019 (arXiv 1706.02262), section 3.3.
    """
    count, dim = z.shape
    if count < 2:  # without a pair, only the pull to the middle would be left
        return (0 * z).sum()
    squares = torch.cdist(z, z, compute_mode="donot_use_mm_for_euclid_dist").square()  # (B, D) -> (B, B)
    norms = z.square().sum(dim=1)  # (B, D) -> (B,)
    total = z.new_zeros(())
    for width in (dim * scale for scale in _KERNEL_WIDTHS):
        kernel = torch.exp(-squares / (2 * width))
        pairs = (kernel.sum() - kernel.diagonal().sum()) / (count * max(1, count - 1))
        to_prior = (width / (width + 1)) ** (dim / 2) * torch.exp(-norms / (2 * (width + 1))).mean()
        within_prior = (width / (width + 2)) ** (dim / 2)
        total = total + (pairs - 2 * to_prior + within_prior) / len(_KERNEL_WIDTHS)
    return total


_KERNEL_WIDTHS = (0.25, 1.0, 4.0)  # times D, which is half the mean squared distance of two draws from the prior


def log_density_ratio(z: Tensor, mu: Tensor, logvar: Tensor, dataset_size: int) -> Tensor:
    """The ratio log q(z) − Σ_d log q(z_d) for each image's z, whose mean is the total correlation: from a batch.

    z, mu, logvar: (B, D), row i a draw from image i's posterior. q is the mean of the posteriors of all dataset_size
    images: image i's own counts 1/N, and the B − 1 others, which are a fair sample of the rest, share what is left.
    For B = N that is q itself. Returns (B,) nats; 0 for B = 1, which tells nothing of q.
    Source: Chen et al. 2018 (arXiv 1802.04942), appendix C.2, with the weights of the stratum written out.
    """
    batch = len(z)
    if batch < 2:
        return (0 * z).sum(dim=1)  # (B, D) -> (B,)
    log_q = gaussian_log_density(z[:, None], mu[None], logvar[None])  # (B, 1, D), (1, B, D) -> (B, B, D)
    others = (dataset_size - 1) / (dataset_size * max(1, batch - 1))
    weights = z.new_full((batch, batch), math.log(max(others, 1e-30)))
    weights.fill_diagonal_(-math.log(dataset_size))
    joint = torch.logsumexp(log_q.sum(dim=2) + weights, dim=1)  # (B, B) -> (B,)
    marginals = torch.logsumexp(log_q + weights[:, :, None], dim=1)  # (B, B, D) -> (B, D)
    return joint - marginals.sum(dim=1)


def gaussian_log_density(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The log density of N(mu, exp(logvar)) at z, element by element; shapes that broadcast. Returns nats."""
    return -0.5 * ((z - mu).square() * (-logvar).exp() + logvar + math.log(2 * math.pi))
