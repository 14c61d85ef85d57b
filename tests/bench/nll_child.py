"""One measurement of `nll_speed`, by whatever vae_core is on the path: seconds and figures, as JSON."""

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is imported

import torch

from vae_core import runs
from vae_core.data import registry
from vae_core.evaluation.evaluated_posteriors import posteriors_of
from vae_core.evaluation.kl_decomposition import kl_decomposition
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.model.networks import build_vae, load_weights


def nll(folder: Path, root: Path, images: int, draws: int) -> dict[str, float | None]:
    """Of the run in a folder of runs."""
    (run,) = runs.list_runs(folder)
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    held_out = torch.from_numpy(registry.load("mnist", "held-out", root).images[:images])
    negative_log_likelihood(model, held_out[:2], k=draws)
    begun = time.perf_counter()
    found = negative_log_likelihood(model, held_out, k=draws)
    return {"seconds": time.perf_counter() - begun, "nats": found.nats_mean}


def parts(root: Path) -> dict[str, float | None]:
    """Of the shipped model's 10,000 held-out images."""
    flat = posteriors_of(runs.open_run("mnist"), root).flat()
    kl_decomposition(*(part[:100] for part in flat[:2]))
    begun = time.perf_counter()
    found = asdict(kl_decomposition(*flat))
    return {"seconds": time.perf_counter() - begun, **{name: found[name] for name in found if name.endswith("_nats")}}


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[2]))
    data = Path(sys.argv[3])
    measured = parts(data) if sys.argv[1] == "kl" else nll(Path(sys.argv[4]), data, int(sys.argv[5]), int(sys.argv[6]))
    print(json.dumps(measured))
