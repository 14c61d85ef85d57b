"""One of several processes that train together: `rank_child.py RANK COUNT PORT FOLDER SETTINGS`.

The first stops after STOP steps and writes its weights and the last step's sums; the others follow.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

import torch
from safetensors.numpy import save_file
from torch import distributed

from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.model.networks import build_vae
from vae_core.training.loop import Training
from vae_core.training.ranks import Ranks


def main() -> None:
    rank, count, port = (int(word) for word in sys.argv[1:4])
    folder, settings = Path(sys.argv[4]), json.loads(sys.argv[5])
    stop = settings.pop("stop")
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", f"tcp://127.0.0.1:{port}", timeout=timedelta(seconds=60), rank=rank, world_size=count
    )
    config = parse_config(settings)
    images = torch.from_numpy(registry.load("digits", "train").images)
    training = Training(build_vae(config), images, config, ranks=Ranks())
    if rank:  # what the first begins with is everybody's
        with torch.no_grad():
            for parameter in training.model.parameters():
                parameter.zero_()
    steps = training.steps()
    if rank == 0:
        for _ in range(stop):
            metrics = next(steps)
        training.leave()
        sums = [float(each) for each in (metrics.reconstruction_sum, metrics.kl_sum, metrics.loss_sum)]
        (folder / "sums.json").write_text(json.dumps(sums))
        save_file(training.state(), folder / "state.safetensors")
    else:
        assert len(list(steps)) == stop
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
