"""How improbable images are under a model: −log p(x), estimated by importance sampling with many draws for each.

`estimate` draws for each image; `screening` decides which of many draws need decoding; `scores` weighs those that do.
"""

from vae_core.evaluation.nll.estimate import LARGEST_CHUNK, NLL, negative_log_likelihood

__all__ = ["LARGEST_CHUNK", "NLL", "negative_log_likelihood"]
