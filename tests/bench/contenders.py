"""One contender of `make bench-train`, in a process of its own: trains MNIST and prints a figure per epoch as JSON.

    python -m tests.bench.contenders ours 400 1 2          (who, hidden units, threads, epochs; here: seconds)

All have the network 784-hidden-20, ReLU, batches of 128, Adam at 1e-3, and the Bernoulli ELBO of grey pixels.
Each gives what its user gets: the epoch's mean loss as a number.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from vae_core.config import TrainConfig, parse_config
from vae_core.data import registry
from vae_core.model.networks import build_vae
from vae_core.runs import RunWriter
from vae_core.training import train
from vae_core.worker.held_out_probe import HeldOutProbe
from vae_core.worker.recorder import Recorder
from vae_core.worker.training_process import settle_heap, train_run

PIXELS, LATENTS, BATCH, RATE = 784, 20, 128, 1e-3
IMAGES = registry.DATASETS["mnist"].card.train_size


def _config(hidden: int, epochs: int, **others: Any) -> TrainConfig:
    network = {"architecture": "mlp", "hidden_sizes": (hidden,), "latent_dim": LATENTS, "activation": "relu"}
    training = {"schedule": "constant", "learning_rate": RATE, "batch_size": BATCH, "epochs": epochs, "device": "cpu"}
    return parse_config({"dataset": "mnist", **network, **training, **others})


def ours(hidden: int, epochs: int) -> list[float]:
    """The engine alone."""
    return _engine(_config(hidden, epochs))


def bfloat16(hidden: int, epochs: int) -> list[float]:
    """The same with layers that multiply in half the bits: fewer than the peers have, so not compared with them."""
    return _engine(_config(hidden, epochs, precision="bfloat16"))


def _engine(config: TrainConfig) -> list[float]:
    settle_heap()  # as every training process of ours does
    images = torch.from_numpy(registry.load("mnist", "train").images)
    steps = -(-len(images) // BATCH)
    losses: list[Tensor] = []
    marks = [perf_counter()]
    for metrics in train(build_vae(config), images, config):
        losses.append(metrics.reconstruction_sum + metrics.kl_sum)
        if metrics.step % steps == 0:
            require_finite(torch.stack(losses).sum().item())
            losses.clear()
            marks.append(perf_counter())
    return _between(marks)


def recorded(hidden: int, epochs: int) -> list[float]:
    """The percentage of each epoch that a worker spends beside its steps: on rows, maps, decoders, checkpoints."""
    return _shares(hidden, epochs, [(Recorder, "before_step"), (Recorder, "record")])


def metrics(hidden: int, epochs: int) -> list[float]:
    """The same for the live curves alone: rows, their status, and the figures on what is held out."""
    return _shares(hidden, epochs, [(Recorder, "write_row"), (HeldOutProbe, "score")])


def _shares(hidden: int, epochs: int, methods: list[tuple[type, str]]) -> list[float]:
    """Percent of each epoch's time inside methods, none of which calls another, in a run as a worker makes it.

    Measured inside one run: two runs of a shared machine differ by more than what is measured.
    """
    spent, marks = 0.0, []

    def clocked(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def measured(*args: Any, **named: Any) -> Any:
            nonlocal spent
            since = perf_counter()
            try:
                return method(*args, **named)
            finally:
                spent += perf_counter() - since

        return measured

    def hear(event: dict[str, Any]) -> None:
        if event["event"] in {"begun", "epoch"}:
            marks.append((perf_counter(), spent))

    for kind, name in methods:
        setattr(kind, name, clocked(getattr(kind, name)))
    with tempfile.TemporaryDirectory() as folder:
        status = train_run(RunWriter.create(_config(hidden, epochs), Path(folder)), report=hear)
    if status.state != "finished" or len(marks) != epochs + 1:
        raise RuntimeError(f"the recorded run ended {status.state} after {len(marks) - 1} epochs: {status.error}")
    return [100 * (after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(marks)]


class UsualVAE(nn.Module):
    """The network as in PyTorch's own VAE example."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(PIXELS, hidden)
        self.fc21 = nn.Linear(hidden, LATENTS)
        self.fc22 = nn.Linear(hidden, LATENTS)
        self.fc3 = nn.Linear(LATENTS, hidden)
        self.fc4 = nn.Linear(hidden, PIXELS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, C, H, W) -> pixels (B, 784), mu (B, D), logvar (B, D)."""
        h1 = functional.relu(self.fc1(x.view(-1, PIXELS)))
        mu, logvar = self.fc21(h1), self.fc22(h1)
        std = torch.exp(0.5 * logvar)
        z = mu + torch.randn_like(std) * std
        return torch.sigmoid(self.fc4(functional.relu(self.fc3(z)))), mu, logvar


def loop(hidden: int, epochs: int) -> list[float]:
    """A DataLoader with ToTensor, default Adam and loss.item() at each step: the loop that most examples have."""
    from torchvision import datasets as vision
    from torchvision import transforms

    images = vision.MNIST(registry.data_root(), train=True, transform=transforms.ToTensor())
    loader = DataLoader(images, batch_size=BATCH, shuffle=True)
    model = UsualVAE(hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    marks = [perf_counter()]
    for _ in range(epochs):
        total = 0.0
        for x, _label in loader:
            optimizer.zero_grad()
            recon_x, mu, logvar = model(x)
            bce = functional.binary_cross_entropy(recon_x, x.view(-1, PIXELS), reduction="sum")
            kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
            loss = bce + kld
            loss.backward()
            total += loss.item()
            optimizer.step()
        require_finite(total)
        marks.append(perf_counter())
    return _between(marks)


def pythae(hidden: int, epochs: int) -> list[float]:
    """pythae's default networks in its own trainer, on pixels that are floats in memory already."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    marks: list[float] = []

    class Clock(TrainingCallback):
        def on_train_begin(self, training_config: BaseTrainerConfig, **_: Any) -> None:
            marks.append(perf_counter())

        def on_epoch_end(self, training_config: BaseTrainerConfig, **_: Any) -> None:
            marks.append(perf_counter())

        def on_train_end(self, training_config: BaseTrainerConfig, **_: Any) -> None:
            require_finite(float(trainer.model(next(iter(trainer.train_loader))).loss))

    model = VAE(VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENTS, reconstruction_loss="bce"))
    widths = {module.out_features for module in model.modules() if isinstance(module, nn.Linear)}
    if widths != {hidden, LATENTS, PIXELS}:
        raise RuntimeError(f"pythae's layers should have {hidden}, {LATENTS} and {PIXELS} outputs and have {widths}")
    split = registry.load("mnist", "train")
    data = BaseDataset(torch.from_numpy(split.images).float() / 255, torch.from_numpy(split.labels))
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, num_epochs=epochs, per_device_train_batch_size=BATCH, learning_rate=RATE,
            no_cuda=True,
        )  # fmt: skip
        trainer = BaseTrainer(model, data, training_config=config, callbacks=[Clock()])
        trainer.train()
    return _between(marks)


def floor(hidden: int, epochs: int) -> list[float]:
    """The network's own matrix products and nothing else, into memory that is there already: what no engine on
    these matrix routines can go below. Images need no gradient, so the first layer has two products, the others three.
    """
    products = {batch: _products(hidden, batch) for batch in {BATCH, IMAGES % BATCH or BATCH}}
    batches = [min(BATCH, IMAGES - start) for start in range(0, IMAGES, BATCH)]
    marks = [perf_counter()]
    for _ in range(epochs):
        for batch in batches:
            for left, right, out in products[batch]:
                torch.mm(left, right, out=out)
        marks.append(perf_counter())
    return _between(marks)


def _products(hidden: int, batch: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    """(left, right, out) of one step: outputs, weights' gradients, inputs' gradients, in torch's own layouts."""
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    layers = [(PIXELS, hidden), (hidden, 2 * LATENTS), (LATENTS, hidden), (hidden, PIXELS)]
    for place, (inputs, outputs) in enumerate(layers):
        x, weight = torch.randn(batch, inputs), torch.randn(outputs, inputs)
        gradient = torch.randn(batch, outputs)
        found.append((x, weight.t(), torch.empty(batch, outputs)))
        found.append((gradient.t(), x, torch.empty(outputs, inputs)))
        if place:
            found.append((gradient, weight, torch.empty(batch, inputs)))
    return found


def require_finite(loss: float) -> None:
    """A benchmark of numbers that are none would be worth nothing."""
    if not abs(loss) < float("inf"):
        raise RuntimeError(f"the loss should be finite and is {loss}")


def _between(marks: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(marks)]


CONTENDERS: dict[str, Callable[[int, int], list[float]]] = {
    each.__name__: each for each in (ours, bfloat16, recorded, metrics, loop, pythae, floor)
}


def main() -> None:
    """One contender, as the arguments say."""
    who, hidden, threads, epochs = sys.argv[1], *map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    print(json.dumps(CONTENDERS[who](hidden, epochs)))


if __name__ == "__main__":
    main()
